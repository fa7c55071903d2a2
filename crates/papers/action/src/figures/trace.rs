//! S, T and V of a path against optimiser steps, beside the values of the ODE's path.

use demo::snapshot::{Reader, Writer, bad};
use demo::{Bounds, Color, Error, Plot, Point, Rect, Scene, Stroke, Table};

use crate::action::Terms;

/// More samples are thinned to half as many.
const MOST_SAMPLES: usize = 512;

/// The history of a descent, evenly spaced in steps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trace {
    /// Step, T, V, S.
    samples: Vec<[f64; 4]>,
    /// Steps between two samples.
    every: u32,
}

impl Default for Trace {
    fn default() -> Self {
        Self { samples: Vec::new(), every: 1 }
    }
}

impl Trace {
    /// Keeps the terms before optimiser step `step`, counted from zero, if it is due.
    pub(crate) fn record(&mut self, step: u32, terms: Terms) {
        if !step.is_multiple_of(self.every) {
            return;
        }
        self.samples.push([f64::from(step), terms.kinetic, terms.potential, terms.action()]);
        if self.samples.len() > MOST_SAMPLES {
            self.every *= 2;
            let every = f64::from(self.every);
            self.samples.retain(|sample| sample[0] % every == 0.0);
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Writes it.
    pub(crate) fn save(&self, writer: &mut Writer) {
        writer.u32(self.every);
        writer.f64s(self.samples.as_flattened());
    }

    /// What [`Self::save`] wrote.
    pub(crate) fn restore(reader: &mut Reader) -> Result<Self, Error> {
        let every = reader.u32()?;
        let numbers = reader.f64s()?;
        let (samples, rest) = numbers.as_chunks();
        if every == 0 || !rest.is_empty() {
            return Err(bad("its history is incomplete."));
        }
        Ok(Self { samples: samples.to_vec(), every })
    }

    /// The samples for export.
    pub(crate) fn table(&self) -> Table {
        let column = |index: usize| self.samples.iter().map(|sample| sample[index]).collect::<Vec<_>>();
        let names = ["step", "kinetic energy T", "potential energy V", "action S"];
        names.iter().enumerate().fold(Table::new("descent"), |table, (index, name)| table.column(name, column(index)))
    }

    /// Draws the curves into `outer`, dotted lines for the values at the ODE's path. Levels far above what is reached in
    /// the end are cut off, so that the last part stays readable.
    pub(crate) fn draw(&self, scene: &mut Scene, outer: Rect, ode: Terms) {
        let last = self.samples.last().map_or(1.0, |sample| sample[0].max(1.0));
        let targets = [ode.action(), ode.kinetic, ode.potential];
        let (unit, title) = unit(targets);
        let (low, high) = self.range(targets);
        // A space keeps room for the legend where title and legend do not fit side by side.
        let title = if outer.width < 300.0 { " " } else { &title };
        let world = Bounds { low: [0.0, low / unit], high: [last, high / unit] };
        let plot = Plot::new(outer, world, title, "step", " ");
        plot.axes(scene);
        let pens = [Color::Highlight, Color::Model, Color::Baseline];
        for ((column, color), target) in [3, 1, 2].into_iter().zip(pens).zip(targets) {
            let level = [[0.0, target / unit], [last, target / unit]];
            plot.line(scene, &level, Stroke::new(color.alpha(0.7), 1.2).dashed(3.0));
            let curve: Vec<Point> = self.samples.iter().map(|sample| [sample[0], sample[column] / unit]).collect();
            plot.line(scene, &curve, Stroke::new(color, 2.0));
        }
        let pen = |color| Stroke::new(color, 2.0);
        plot.legend(scene, &[("S", pen(pens[0])), ("T", pen(pens[1])), ("V", pen(pens[2]))]);
    }

    fn range(&self, targets: [f64; 3]) -> (f64, f64) {
        let settled = &self.samples[self.samples.len() / 4..];
        let values = settled.iter().flat_map(|sample| sample[1..].iter().copied()).chain(targets);
        let finite = values.filter(|value| value.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return (-1.0, 1.0);
        }
        let margin = 0.08 * (high - low).max(1e-9 * high.abs()).max(f64::MIN_POSITIVE);
        (low - margin, high + margin)
    }
}

/// A power of ten that makes the largest of `values` easy to read, and the title that names it.
fn unit(values: [f64; 3]) -> (f64, String) {
    const TITLE: &str = "Energy and action";
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let power = math::ops::log10(largest).floor();
    if (-2.0..4.0).contains(&power) || !power.is_finite() {
        return (1.0, TITLE.to_owned());
    }
    let digits = "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().collect::<Vec<_>>();
    let raised = |letter: char| letter.to_digit(10).and_then(|digit| digits.get(digit as usize)).unwrap_or(&'⁻');
    let exponent: String = format!("{power}").chars().map(raised).collect();
    (math::ops::powf(10.0, power), format!("Energies in 10{exponent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(kinetic: f64) -> Terms {
        Terms { kinetic, potential: 1.0, penalty: 0.0 }
    }

    #[test]
    fn a_long_history_is_thinned_evenly() {
        let mut trace = Trace::default();
        for step in 0..10_000 {
            trace.record(step, terms(f64::from(step)));
        }
        assert!(trace.samples.len() <= MOST_SAMPLES && trace.samples.len() > MOST_SAMPLES / 2 - 1);
        let gaps: Vec<f64> = trace.samples.windows(2).map(|pair| pair[1][0] - pair[0][0]).collect();
        assert!(gaps.iter().all(|gap| *gap == gaps[0]));
        assert!(trace.samples.iter().all(|sample| sample[3] == sample[1] - 1.0));
    }

    #[test]
    fn it_is_saved_and_restored() {
        let mut trace = Trace::default();
        (0..600).for_each(|step| trace.record(step, terms(2.0)));
        let mut writer = Writer::new("test", 1);
        trace.save(&mut writer);
        let bytes = writer.finish();
        let mut reader = Reader::new(&bytes, "test", 1).unwrap();
        assert_eq!(Trace::restore(&mut reader).unwrap(), trace);
    }

    #[test]
    fn large_and_small_energies_have_a_unit() {
        assert_eq!(unit([3.7e33, 1.3e33, -2.5e33]), (1e33, "Energies in 10³³".to_owned()));
        assert_eq!(unit([7e-5, 1.1e-4, 3e-5]).1, "Energies in 10⁻⁴");
        assert_eq!(unit([-14.0, 9.5, 23.0]), (1.0, "Energy and action".to_owned()));
        assert_eq!(unit([0.0; 3]).0, 1.0);
    }

    #[test]
    fn an_empty_history_draws() {
        let mut scene = Scene::new(demo::Size { width: 300.0, height: 200.0 });
        let rect = scene.rect();
        Trace::default().draw(&mut scene, rect, terms(1.0));
        assert!(!scene.has_nan());
    }
}
