//! How the network looks: its design, and a row of channels for each block.

use demo::{Anchor, Color, Colormap, Rect, Scene};

use super::Inside;
use crate::cnn::CHANNELS;
use crate::figures::draw;

/// Where layouts turn from stacked to side by side.
const WIDE: f64 = 560.0;
/// Channels shown of each block.
const SHOWN: usize = 8;

impl Inside {
    pub(super) fn picture(&self, scene: &mut Scene) {
        let all = scene.rect();
        let (design, maps) = if all.width >= WIDE { all.split_columns(0.42, 14.0) } else { all.split_rows(0.38, 8.0) };
        self.design(scene, design);
        self.maps(scene, maps);
        if let Some(fault) = &self.fault {
            draw::notice(scene, design, &fault.to_string());
        }
    }

    fn design(&self, scene: &mut Scene, outer: Rect) {
        scene.heading([outer.x + 2.0, outer.y + 14.0], "Design", 13.0, Anchor::Start, Color::Ink);
        let room = outer.inset(2.0, 22.0, 2.0, 2.0);
        draw::design(scene, room, self.density(), self.structure.problem().width, Color::Model);
    }

    /// Blue is below zero, orange above, by the largest value of the row.
    fn maps(&self, scene: &mut Scene, outer: Rect) {
        let rows = outer.rows(CHANNELS.len(), 6.0);
        for (block, row) in rows.into_iter().enumerate() {
            let features = self.run.network().and_then(|network| network.features(block));
            let Some((values, height, width)) = features.filter(|(values, ..)| !values.is_empty()) else { continue };
            let shown = SHOWN.min(CHANNELS[block]);
            let words = format!("Block {}: {} of {} channels, {width} × {height}", block + 1, shown, CHANNELS[block]);
            scene.text([row.x, row.y + 11.0], words, 11.0, Anchor::Start, Color::Muted);
            let largest = values[..shown * width * height].iter().fold(1e-6_f32, |most, value| most.max(value.abs()));
            let cells = row.inset(0.0, 15.0, 0.0, 0.0).columns(SHOWN, 4.0);
            for (cell, plane) in cells.into_iter().zip(values.chunks_exact(width * height)).take(shown) {
                let scale = (cell.width / width as f64).min(cell.height / height as f64);
                let rect = Rect { width: width as f64 * scale, height: height as f64 * scale, ..cell };
                scene.heat(rect, width, height, plane, -largest, largest, Colormap::Diverging, false);
            }
        }
    }
}
