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

/// Writes `<figure>.svg` for every figure into `out`.
///
/// # Errors
/// When a model is missing, a figure fails, or the disk refuses.
pub fn posters(figures: &[Entry], models: &Path, out: &Path) -> Result<()> {
    for entry in figures {
        let scene = picture(*entry, models).with_context(|| format!("figure {}", entry.id))?;
        files::write(&out.join(format!("{}.svg", entry.id)), scene.as_bytes())?;
    }
    Ok(())
}

fn picture(entry: Entry, models: &Path) -> Result<String> {
    let mut context = Context { seed: 0, ..Context::default() };
    let mut bytes = Models::default();
    for name in entry.models {
        bytes.insert(*name, files::read(&models.join(format!("{name}.onnx")))?);
    }
    context.models = bytes;
    let mut player = Player::new(entry, context)?;
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
