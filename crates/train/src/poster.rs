//! Figures as still pictures, painted without a browser.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use demo::{Context, Entry, Event, Models, Player, Size, Theme};
use futures_lite::future::block_on;

use crate::files;

/// As the site shows them.
const SIZE: Size = Size { width: 640.0, height: 400.0 };

/// Ten seconds into the figure, in ticks of a sixtieth: by then the networks have parted.
const TICKS: u32 = 600;

/// The room that a page keeps for a figure until it plays.
#[derive(serde::Serialize)]
struct Room {
    figure: &'static str,
    /// Width over height where there is room, and on a phone.
    aspect: [f64; 2],
    /// How many controls and readouts it begins with.
    reserve: [usize; 2],
}

/// Writes `<figure>.svg` for every figure into `out`, and `figures.json`: the room that each needs.
///
/// # Errors
/// When a model is missing, a figure fails, or the disk refuses.
pub fn posters(figures: &[Entry], models: &Path, out: &Path) -> Result<()> {
    let mut rooms = Vec::new();
    for entry in figures {
        let player = player(*entry, models).with_context(|| format!("figure {}", entry.id))?;
        rooms.push(room(&player));
        let scene = picture(player).with_context(|| format!("figure {}", entry.id))?;
        files::write(&out.join(format!("{}.svg", entry.id)), scene.as_bytes())?;
    }
    files::write(&out.join("figures.json"), format!("{}\n", serde_json::to_string_pretty(&rooms)?).as_bytes())
}

fn room(player: &Player) -> Room {
    let spec = player.spec();
    Room {
        figure: player.entry().id,
        aspect: [spec.aspect_wide, spec.aspect_narrow],
        reserve: [spec.controls.len(), player.readouts().len()],
    }
}

fn player(entry: Entry, models: &Path) -> Result<Player> {
    let mut context = Context { seed: 0, ..Context::default() };
    let mut bytes = Models::default();
    for name in entry.models {
        bytes.insert(*name, files::read(&models.join(format!("{name}.onnx")))?);
    }
    context.models = bytes;
    Ok(Player::new(entry, context)?)
}

fn picture(mut player: Player) -> Result<String> {
    player.event(&Event::Resize { size: SIZE })?;
    for _ in 0..TICKS {
        block_on(player.tick(1.0 / 60.0))?;
    }
    let scene = player.scene();
    if scene.has_nan() {
        return Err(anyhow!("the scene holds a number that is none"));
    }
    Ok(demo::svg(&scene, Theme::Light, &player.spec().title))
}
