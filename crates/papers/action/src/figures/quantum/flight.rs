//! One run: packets by the phase-action matrix, and a ball with the same mass, potential, start and momentum.
//!
//! The sampling rule bounds the time step from below, not from above, so the picture between two steps is one longer
//! step from the state before: nothing on show is interpolated.

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};
use math::ops::sqrt;

use super::landscape::{DOMAIN, Landscape};
use crate::quantum::{Amplitude, FreeMotion, Kick, PotentialRule, Setup, position};

/// Mass of packet and ball.
pub(super) const MASS: f64 = 1.0;
/// Time step of the ball.
const BALL_DT: f64 = 1.0 / 4096.0;
/// Pixels, and twice as many below this hbar, where steps would be too long for the force.
const PIXELS: usize = 2048;
const FINE_HBAR: f64 = 0.5;

/// What a run starts from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Start {
    pub(super) place: f64,
    pub(super) momentum: f64,
    /// Of psi: |psi|^2 has standard deviation width / sqrt 2.
    pub(super) width: f64,
    pub(super) hbar: f64,
    /// None for as many as the sampling rule asks for.
    pub(super) pixels: Option<usize>,
}

impl Start {
    /// Of the ball, kinetic and potential.
    pub(super) fn energy(&self, landscape: &Landscape) -> f64 {
        self.momentum * self.momentum / (2.0 * MASS) + landscape.at(self.place)
    }

    /// The step is the least that fine pixels allow, whatever the pixels are.
    fn setup(&self) -> Setup {
        let pixels = if self.hbar < FINE_HBAR { 2 * PIXELS } else { PIXELS };
        let fine = Setup { pixels, length: DOMAIN.high[0], dt: 1.0, hbar: self.hbar, mass: MASS };
        // A hair more, so that rounding does not break the rule.
        Setup { pixels: self.pixels.unwrap_or(pixels), dt: fine.least_dt() * (1.0 + 1e-9), ..fine }
    }
}

/// A wave packet under one rule.
pub(super) struct Packet {
    pub(super) rule: PotentialRule,
    kick: Kick,
    /// One lattice time, between one and two steps behind the time on show.
    behind: Vec<Amplitude>,
    /// Share of |psi|^2 that the walls have not taken until then.
    behind_kept: f64,
    /// Norm after the last lattice step.
    pub(super) norm_ratio: f64,
    pub(super) shown: Vec<Amplitude>,
    pub(super) kept: f64,
    pub(super) mean: f64,
    pub(super) spread: f64,
}

/// The classical particle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ball {
    pub(super) place: f64,
    momentum: f64,
    steps: u32,
    /// It left the domain and does not come back.
    pub(super) left: bool,
}

pub(super) struct Flight {
    motion: FreeMotion,
    stride: FreeMotion,
    grid: Vec<f64>,
    potential: Vec<f64>,
    pub(super) packets: Vec<Packet>,
    pub(super) ball: Ball,
    pub(super) time: f64,
    /// Lattice steps from the start to the time on show.
    pub(super) steps: u32,
}

impl Flight {
    /// At time zero.
    pub(super) fn new(start: &Start, landscape: &Landscape, rules: &[PotentialRule]) -> Self {
        let setup = start.setup();
        let mut flight = Self {
            motion: FreeMotion::new(setup),
            stride: FreeMotion::new(setup),
            grid: setup.grid(),
            potential: Vec::new(),
            packets: Vec::new(),
            ball: Ball { place: start.place, momentum: start.momentum, steps: 0, left: false },
            time: 0.0,
            steps: 0,
        };
        flight.launch(start, landscape, rules);
        flight
    }

    /// Back to time zero; the transforms are made anew only where they must.
    pub(super) fn begin(&mut self, start: &Start, landscape: &Landscape, rules: &[PotentialRule]) {
        if *self.motion.setup() == start.setup() {
            self.launch(start, landscape, rules);
        } else {
            *self = Self::new(start, landscape, rules);
        }
    }

    fn launch(&mut self, start: &Start, landscape: &Landscape, rules: &[PotentialRule]) {
        let setup = *self.motion.setup();
        self.potential = landscape.values(&self.grid);
        self.ball = Ball { place: start.place, momentum: start.momentum, steps: 0, left: false };
        (self.time, self.steps) = (0.0, 0);
        let psi = setup.packet(start.place, start.width, start.momentum / start.hbar);
        self.packets = rules
            .iter()
            .map(|rule| {
                let kick = Kick::new(&setup, &self.potential, *rule);
                let mut behind = psi.clone();
                let norm_ratio = self.motion.step_back(&mut behind, &kick);
                let shown = psi.clone();
                Packet {
                    rule: *rule,
                    kick,
                    behind,
                    behind_kept: 1.0,
                    norm_ratio,
                    shown,
                    kept: 1.0,
                    mean: 0.0,
                    spread: 0.0,
                }
            })
            .collect();
        self.show();
    }

    pub(super) fn setup(&self) -> &Setup {
        self.motion.setup()
    }

    pub(super) fn grid(&self) -> &[f64] {
        &self.grid
    }

    pub(super) fn potential(&self) -> &[f64] {
        &self.potential
    }

    /// Lets `duration` pass.
    pub(super) fn advance(&mut self, duration: f64) {
        self.time += duration;
        let dt = self.setup().dt;
        while self.time >= f64::from(self.steps + 1) * dt {
            self.steps += 1;
            for packet in &mut self.packets {
                packet.norm_ratio = self.motion.step(&mut packet.behind, &packet.kick);
                packet.behind_kept = kept(packet.behind_kept, packet.norm_ratio, self.motion.setup());
            }
        }
        self.roll();
        self.show();
    }

    /// Makes what is on show from the states behind.
    fn show(&mut self) {
        let behind = (f64::from(self.steps) - 1.0) * self.setup().dt;
        self.stride.set_dt(self.time - behind);
        for packet in &mut self.packets {
            packet.shown.copy_from_slice(&packet.behind);
            let ratio = match packet.rule {
                PotentialRule::Average => {
                    let kick = Kick::new(self.stride.setup(), &self.potential, packet.rule);
                    self.stride.step(&mut packet.shown, &kick)
                }
                // The gauge of the steps so far; that of a longer step would kick again.
                PotentialRule::Difference => self.stride.step(&mut packet.shown, &packet.kick),
            };
            packet.kept = kept(packet.behind_kept, ratio, self.stride.setup());
            (packet.mean, packet.spread) = position(&packet.shown, &self.grid);
        }
    }

    /// Semi-implicit Euler, as the paper's baselines.
    fn roll(&mut self) {
        let target = (self.time / BALL_DT) as u32;
        while self.ball.steps < target && !self.ball.left {
            self.ball.momentum += self.force(self.ball.place) * BALL_DT;
            self.ball.place += self.ball.momentum / MASS * BALL_DT;
            self.ball.steps += 1;
            self.ball.left = !(DOMAIN.low[0]..=DOMAIN.high[0]).contains(&self.ball.place);
        }
    }

    /// Minus the slope of the potential, from the pixels on both sides.
    fn force(&self, place: f64) -> f64 {
        let at = (place / self.setup().dx() - 0.5).max(0.0);
        let pixel = (at as usize).clamp(1, self.grid.len() - 3);
        let width = 2.0 * self.setup().dx();
        let slope = (self.potential[pixel + 1] - self.potential[pixel - 1]) / width;
        let next = (self.potential[pixel + 2] - self.potential[pixel]) / width;
        let share = (at - pixel as f64).clamp(0.0, 1.0);
        -(slope + share * (next - slope))
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.f64(self.time);
        writer.u32(self.steps);
        writer.f64s(&[self.ball.place, self.ball.momentum]);
        writer.u32(self.ball.steps);
        writer.bool(self.ball.left);
        for packet in &self.packets {
            writer.f64s(&[packet.behind_kept, packet.norm_ratio]);
            let pairs: Vec<[f64; 2]> = packet.behind.iter().map(|amplitude| [amplitude.re, amplitude.im]).collect();
            writer.points(&pairs);
        }
    }

    /// What [`Self::save`] wrote, into a run of the same start and rules.
    pub(super) fn restore(&mut self, reader: &mut Reader) -> Result<(), Error> {
        self.time = reader.f64()?;
        self.steps = reader.u32()?;
        let [place, momentum] = numbers(reader)?;
        self.ball = Ball { place, momentum, steps: reader.u32()?, left: reader.bool()? };
        for packet in &mut self.packets {
            [packet.behind_kept, packet.norm_ratio] = numbers(reader)?;
            let pairs = reader.points()?;
            if pairs.len() != packet.behind.len() {
                return Err(bad("its packet has another number of pixels."));
            }
            packet.behind = pairs.iter().map(|[re, im]| Amplitude::new(*re, *im)).collect();
        }
        if !self.time.is_finite() || self.time < f64::from(self.steps) * self.setup().dt {
            return Err(bad("its clock is damaged."));
        }
        self.show();
        Ok(())
    }
}

fn numbers(reader: &mut Reader) -> Result<[f64; 2], Error> {
    reader.f64s()?.first_chunk().copied().ok_or_else(|| bad("numbers of it are missing."))
}

/// The share kept after one more step with this norm; more than before only where aliased copies add to it.
fn kept(before: f64, norm_ratio: f64, setup: &Setup) -> f64 {
    let share = norm_ratio / setup.norm_ratio();
    (before * share * share).min(1.0)
}

/// Probability right of `place`, or left of it.
pub(super) fn beyond(packet: &Packet, grid: &[f64], place: f64, right: bool) -> f64 {
    let beyond = packet.shown.iter().zip(grid).filter(|(_, x)| (**x > place) == right);
    beyond.map(|(amplitude, _)| amplitude.norm_sqr()).sum::<f64>() * packet.kept
}

/// Whether the phases of K turn by less than half a turn from pixel to pixel over the whole domain, and those of the
/// packet, too, where the potential makes it fastest.
pub(super) fn is_sampled(start: &Start, landscape: &Landscape, setup: &Setup) -> bool {
    let momentum = start.momentum.abs() + 3.0 * start.hbar / (sqrt(2.0) * start.width);
    let drop = landscape.at(start.place) - landscape.lowest();
    let fastest = sqrt(momentum * momentum + 2.0 * MASS * drop) / start.hbar;
    setup.reach() >= setup.length && fastest < std::f64::consts::PI / setup.dx()
}

#[cfg(test)]
mod tests {
    use super::super::landscape::Preset;
    use super::*;

    const START: Start = Start { place: 2.0, momentum: 10.0, width: 0.4, hbar: 1.0, pixels: None };

    fn flight(start: &Start, preset: Preset) -> Flight {
        let mut landscape = Landscape::new();
        landscape.set_preset(preset);
        Flight::new(start, &landscape, &[PotentialRule::Average, PotentialRule::Difference])
    }

    #[test]
    fn time_zero_shows_the_packet_itself() {
        let flight = flight(&START, Preset::Barrier);
        let psi = flight.setup().packet(2.0, 0.4, 10.0);
        for packet in &flight.packets {
            let error = packet.shown.iter().zip(&psi).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
            assert!(error < 1e-6, "{error}");
            assert!((packet.norm_ratio / flight.setup().norm_ratio() - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn between_steps_it_moves_as_over_steps() {
        let mut coarse = flight(&START, Preset::Flat);
        let mut fine = flight(&START, Preset::Flat);
        coarse.advance(0.2);
        (0..40).for_each(|_| fine.advance(0.005));
        for run in [&coarse, &fine] {
            assert!((run.packets[0].mean - 4.0).abs() < 0.01, "{}", run.packets[0].mean);
            assert!((run.ball.place - 4.0).abs() < 0.01);
            assert!((run.packets[0].kept - 1.0).abs() < 1e-3);
        }
        assert!((coarse.packets[0].mean - fine.packets[0].mean).abs() < 1e-9);
    }

    #[test]
    fn in_the_well_the_ball_and_the_mean_swing_together() {
        let mut run = flight(&Start { place: 3.0, ..START }, Preset::Well);
        for _ in 0..50 {
            run.advance(0.02);
            assert!((run.ball.place - run.packets[0].mean).abs() < 0.02, "{} {}", run.time, run.packets[0].mean);
        }
        assert!((run.packets[0].mean - 3.0).abs() < 0.02);
    }

    #[test]
    fn only_the_average_action_feels_the_barrier() {
        let mut run = flight(&START, Preset::Barrier);
        run.advance(0.42);
        let passed = |index: usize| beyond(&run.packets[index], &run.grid, 4.6, true);
        // The same method with eight times as many pixels, and steps an eighth as long, gives 0.348.
        assert!((passed(0) - 0.348).abs() < 0.02, "{}", passed(0));
        assert!(passed(1) > 0.9, "{}", passed(1));
        assert!(run.ball.place < 4.6);
    }

    #[test]
    fn every_start_of_the_sliders_is_sampled_but_too_few_pixels_are_not() {
        let mut landscape = Landscape::new();
        landscape.set_preset(Preset::Well);
        for hbar in [0.2, 0.45, 0.5, 1.0, 2.0] {
            for width in [0.15, 0.6] {
                for momentum in [-20.0, 0.0, 20.0] {
                    let start = Start { momentum, width, hbar, ..START };
                    let setup = start.setup();
                    assert!(is_sampled(&start, &landscape, &setup), "{start:?}");
                    let few = Start { pixels: Some(256), ..start };
                    assert!(!is_sampled(&few, &landscape, &few.setup()), "{few:?}");
                }
            }
        }
    }
}
