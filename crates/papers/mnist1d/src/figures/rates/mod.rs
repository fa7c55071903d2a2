//! Two balls roll down the curve of training loss against learning rate, by its exact slope.
//!
//! [`run`] holds the balls and the curve, [`picture`] draws them.

mod picture;
mod run;

use demo::snapshot::{Reader, Writer};
use demo::{
    Bounds, Context, Control, Demo, Entry, Error, Handle, Point, Probe, Readout, Save, Scene, Size, Spec, Table, Tick,
    Value, format_number,
};

use super::marks::number_or_dash;
use crate::lab::rates::{Batches, OUTER_RATE, OUTER_STEPS, STARTS, first_weights};
use picture::{Layout, PUBLISHED};
use run::{Ball, Curve, HIGHEST, LOWEST};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "rates", models: &[], webgpu_pays: false, new };

/// Inner steps of one tick, shared by the balls and the curve: a few milliseconds.
const STEPS_PER_TICK: usize = 9;
/// Layout of the snapshot.
const VERSION: u32 = 1;
/// Names of the balls' handles, and what they are.
const HANDLES: [(&str, &str); 2] = [("first", "First ball"), ("second", "Second ball")];

struct Rates {
    spec: Spec,
    batches: Batches,
    weights: Vec<f64>,
    balls: [Ball; 2],
    curve: Curve,
    outer_rate: f64,
    /// Where the visitor reads the curve.
    read: f64,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let weights = first_weights(context.seed);
    Ok(Box::new(Rates {
        spec: spec(),
        batches: Batches::of(&*super::published::data()?),
        balls: STARTS.map(|start| Ball::new(start, &weights)),
        curve: Curve::new(&weights),
        weights,
        outer_rate: OUTER_RATE,
        read: PUBLISHED,
    }))
}

fn spec() -> Spec {
    Spec {
        title: "Gradient descent on the learning rate of gradient descent".into(),
        summary: "Mean training loss of a small network against its learning rate, as dots with their exact slopes; two \
                  balls that roll down it, one from a rate that is too large and one from a rate that is too small. \
                  Beside it the training losses of the two trainings under way, and the rate after every outer step."
            .into(),
        help: "One dot or one position of a ball is a whole training: 200 steps from the same first weights. Along with \
               the weights runs their derivative by the learning rate, so that every training also gives the exact slope \
               of the curve, and a ball moves against it. Drag a ball to any rate, or move it by arrow keys, and it rolls \
               on from there. “Outer rate” is the learning rate of the descent on the learning rate; the second slider \
               reads loss and slope off the curve, between its dots by the cubic with their slopes. “Start again” puts the \
               balls back to 1.5 and 0.15. A new seed draws other first weights, and so another curve."
            .into(),
        aspect_wide: 1.85,
        aspect_narrow: 0.52,
        controls: vec![
            Control::slider("outer", "Outer rate", 0.05..=1.0, 0.05, OUTER_RATE),
            Control::slider("read", "Read the curve at", LOWEST..=HIGHEST, 0.02, PUBLISHED),
            Control::button("again", "Start again"),
        ],
        model_contract: None,
        paints: false,
    }
}

impl Rates {
    fn advance(&mut self) {
        let Self { batches, weights, balls, curve, outer_rate, .. } = self;
        for _ in 0..STEPS_PER_TICK.div_ceil(3) {
            let mut left = 3;
            for ball in balls.iter_mut() {
                left -= usize::from(ball.step(batches, weights, *outer_rate));
            }
            for _ in 0..left {
                curve.step(batches, weights);
            }
        }
    }

    fn save_now(&self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        self.balls.iter().for_each(|ball| ball.save(&mut writer));
        self.curve.save(&mut writer);
        writer.finish()
    }

    fn layout(&self, size: Size) -> Layout {
        Layout::new(size, self.curve.points().chain(self.balls.iter().flat_map(Ball::points)))
    }
}

/// Of its last whole training.
fn ball_readouts(ball: &Ball, (id, label): (&str, &str)) -> [Readout; 4] {
    let name = |what: &str, words: &str| (format!("{id}-{what}"), format!("{label}: {words}"));
    let number = |what: &str, words: &str, value: Option<f64>, digits| {
        let (id, label) = name(what, words);
        number_or_dash(&id, &label, value, digits, "")
    };
    let (steps_id, steps_label) = name("steps", "outer steps");
    let steps = format!("{} of {OUTER_STEPS}, {}", ball.outer_steps(), ball.state());
    let last = ball.last();
    [
        number("rate", "learning rate", Some(ball.rate()), 4),
        number("loss", "mean loss", last.map(|last| last.loss), 4),
        number("slope", "slope", last.map(|last| last.slope), 3),
        Readout::text(&steps_id, &steps_label, steps),
    ]
}

impl Demo for Rates {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "outer" => self.outer_rate = value.as_number(),
            "read" => self.read = value.as_number(),
            "again" => self.balls = STARTS.map(|start| Ball::new(start, &self.weights)),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, _dt_secs: f64) -> Tick<'_> {
        self.advance();
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        let layout = self.layout(scene.size());
        layout.draw(scene, &self.balls, &self.curve, self.outer_rate);
        layout.draw_read(scene, self.read, self.curve.at(self.read));
    }

    fn readouts(&self) -> Vec<Readout> {
        let apart = (self.balls[0].rate() - self.balls[1].rate()).abs();
        let read = self.curve.at(self.read);
        let balls = self.balls.iter().zip(HANDLES).flat_map(|(ball, names)| ball_readouts(ball, names));
        let mut readouts: Vec<Readout> = balls.collect();
        readouts.extend([
            Readout::number("apart", "The balls are apart by", apart, 3, ""),
            Readout::text("curve", "Trainings on the curve", self.curve.progress()),
            Readout::number("read-rate", "Rate read on the curve", self.read, 3, ""),
            number_or_dash("read-loss", "Mean loss there", read.map(|read| read.loss), 4, ""),
            number_or_dash("read-slope", "Slope there", read.map(|read| read.slope), 3, ""),
        ]);
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        let curve: Vec<_> = self.curve.points().collect();
        let column = |pick: fn(&run::Trained) -> f64| curve.iter().map(pick).collect::<Vec<f64>>();
        let curve = Table::new("curve")
            .column("learning rate", column(|point| point.rate))
            .column("mean loss", column(|point| point.loss))
            .column("slope", column(|point| point.slope));
        let mut balls = Table::new("balls");
        for (ball, (_, label)) in self.balls.iter().zip(HANDLES) {
            let column = |pick: fn(run::Trained) -> f64| ball.points().map(pick).collect::<Vec<f64>>();
            balls = balls
                .column(&format!("{label}: learning rate"), column(|point| point.rate))
                .column(&format!("{label}: mean loss"), column(|point| point.loss))
                .column(&format!("{label}: slope"), column(|point| point.slope));
        }
        vec![curve, balls]
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let view = self.layout(size).curve.view;
        let handle = |(ball, (id, label)): (&Ball, (&str, &str))| {
            let [rate, height] = ball.at();
            let world = view.world.clamp([rate, height]);
            Handle {
                id: id.into(),
                label: label.into(),
                text: format!("Learning rate {}", format_number(rate, 3)),
                world,
                step: [0.02, 0.0],
                bounds: Bounds { low: [LOWEST, world[1]], high: [HIGHEST, world[1]] },
                view,
                radius: 12.0,
            }
        };
        self.balls.iter().zip(HANDLES).map(handle).collect()
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        let place = HANDLES.iter().position(|(name, _)| *name == id);
        let place = place.ok_or_else(|| Error::Unknown { what: "handle", id: id.into() })?;
        self.balls[place].put(world[0], &self.weights);
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(std::future::ready(Ok(self.save_now())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let mut ball = || Ball::restore(&mut reader, &self.batches, &self.weights);
        let balls = [ball()?, ball()?];
        let curve = Curve::restore(&mut reader, &self.batches, &self.weights)?;
        reader.finish()?;
        (self.balls, self.curve) = (balls, curve);
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        let numbers = self.balls.iter().flat_map(|ball| ball.at().map(|value| value as f32)).collect();
        Box::pin(std::future::ready(Ok(numbers)))
    }
}
