//! A network that learns without labels, cut at a layer of one's choice: what a linear probe reads there, and how it looks.
//!
//! [`run`] trains and probes, [`map`] projects to two dimensions, [`picture`] draws.

mod map;
mod picture;
mod run;

use demo::snapshot::{Reader, Writer};
use demo::{
    Bounds, Context, Control, Demo, Entry, Error, Handle, Point, Probe, Readout, Save, Scene, Size, Spec, Table, Tick,
    Value,
};

use super::marks::{number_or_dash, thousands};
use crate::lab::contrast::{EPOCHS, Projector, TRUNK_LAYERS};
use picture::{BLADE_HEIGHT, Layout, layer_label};
use run::Run;

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "guillotine", models: &[], webgpu_pays: false, new };

/// Layout of the snapshot.
const VERSION: u32 = 1;

struct Guillotine {
    spec: Spec,
    seed: u32,
    run: Run,
    /// Layers that are kept.
    cut: usize,
    /// The map shows the probe's logits, not the numbers themselves.
    by_probe: bool,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    Ok(Box::new(Guillotine {
        spec: spec(),
        seed: context.seed,
        run: Run::new(Projector::Default, super::published::rows(false)?, context.seed),
        cut: TRUNK_LAYERS,
        by_probe: true,
    }))
}

fn spec() -> Spec {
    Spec {
        title: "The guillotine".into(),
        summary: "A convolutional network with a projector on top learns without labels that two distorted views of a row \
                  belong together. Bars show how many test rows a linear classifier gets right from each layer’s numbers; \
                  a blade cuts the network after one of them; beside it the test rows as dots in two dimensions, coloured \
                  by class, as that layer sees them."
            .into(),
        help: "Move the blade, by drag or arrow keys. The network never sees a label; the probes do, and learn while it \
               learns, on a copy that stands still meanwhile. The loss is computed after the last layer, yet the best numbers \
               stand before the projector: cut it off and throw it away. Choose another projector and the training begins \
               anew; without one it is the trunk’s own last layer that suffers. The map shows the two directions in which the \
               logits of the kept layer’s probe vary most, or those in which its numbers do."
            .into(),
        aspect_wide: 1.85,
        aspect_narrow: 0.54,
        controls: vec![
            Control::choice(
                "projector",
                "Projector",
                &[("default", "One hidden layer"), ("deep", "Three hidden layers"), ("none", "None")],
            ),
            Control::choice("map", "Map", &[("probe", "By the probe"), ("numbers", "By the layer’s numbers")]),
        ],
        model_contract: None,
        paints: false,
    }
}

fn percent(share: f64) -> f64 {
    100.0 * share
}

impl Guillotine {
    fn last(&self) -> usize {
        self.run.layers() - 1
    }

    fn accuracy(&self, layer: usize) -> Option<f64> {
        self.run.accuracies().get(layer).copied().flatten()
    }

    fn save_now(&self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        writer.count(self.cut);
        self.run.save(&mut writer);
        writer.finish()
    }

    fn layout(&self, size: Size) -> Layout {
        Layout::new(size, self.run.layers())
    }
}

impl Demo for Guillotine {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "projector" => {
                let chosen = Projector::ALL.into_iter().find(|projector| projector.id() == value.as_text());
                self.run = Run::new(chosen.unwrap_or(Projector::Default), super::published::rows(false)?, self.seed);
                self.cut = TRUNK_LAYERS;
            }
            "map" => self.by_probe = value.as_text() == "probe",
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, _dt_secs: f64) -> Tick<'_> {
        self.run.advance();
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        self.layout(scene.size()).draw(scene, &self.run, self.cut, self.by_probe);
    }

    fn readouts(&self) -> Vec<Readout> {
        let [kept, whole] = [self.cut, self.last()].map(|layer| self.accuracy(layer).map(percent));
        let gain = kept.zip(whole).map(|(kept, whole)| kept - whole);
        vec![
            Readout::text("epochs", "Epochs", format!("{} of {EPOCHS}", self.run.epochs())),
            Readout::text("parameters", "Weights kept", thousands(self.run.weights_kept(self.cut))),
            number_or_dash("loss", "Loss of the pairs", self.run.loss(), 4, ""),
            number_or_dash("kept", "Linear probe on what is kept", kept, 3, "%"),
            number_or_dash("whole", "Linear probe on the whole output", whole, 3, "%"),
            number_or_dash("gain", "Gained by the cut", gain, 3, "points"),
            Readout::text("probes", "Probes", self.run.probing()),
        ]
    }

    fn tables(&self) -> Vec<Table> {
        let accuracies = self.run.accuracies();
        let layers: Vec<f64> = (0..accuracies.len()).map(|layer| layer as f64).collect();
        let values: Vec<f64> = accuracies.iter().map(|value| value.map_or(f64::NAN, percent)).collect();
        let probes = Table::new("probes").column("layers kept", layers).column("test accuracy (%)", values);
        let losses = self.run.losses();
        let epochs: Vec<f64> = (1..=losses.len()).map(|epoch| epoch as f64).collect();
        let losses = Table::new("losses").column("epoch", epochs).column("loss", losses);
        let map = self.run.map(self.cut, self.by_probe);
        let column = |axis: usize| map.iter().map(|point| f64::from(point[axis])).collect::<Vec<_>>();
        let classes: Vec<f64> = self.run.map_classes().iter().take(map.len()).map(|class| f64::from(*class)).collect();
        let map = Table::new("map").column("class", classes).column("first", column(0)).column("second", column(1));
        vec![probes, losses, map]
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let view = self.layout(size).bars.view;
        let after = self.cut as f64 + 0.5;
        vec![Handle {
            id: "blade".into(),
            label: "Blade".into(),
            text: format!("After {}", layer_label(self.run.layers(), self.cut)),
            world: [after, BLADE_HEIGHT],
            step: [1.0, 0.0],
            bounds: Bounds { low: [0.5, BLADE_HEIGHT], high: [self.last() as f64 + 0.5, BLADE_HEIGHT] },
            view,
            radius: 14.0,
        }]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        if id != "blade" {
            return Err(Error::Unknown { what: "handle", id: id.into() });
        }
        self.cut = ((world[0] - 0.5).round().max(0.0) as usize).min(self.last());
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(std::future::ready(Ok(self.save_now())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let cut = reader.count()?;
        let fresh = Run::new(self.run.projector(), super::published::rows(false)?, self.seed);
        let run = fresh.restored(&mut reader)?;
        reader.finish()?;
        self.cut = cut.min(run.layers() - 1);
        self.run = run;
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        let numbers = self.run.probe();
        Box::pin(std::future::ready(Ok(numbers)))
    }
}
