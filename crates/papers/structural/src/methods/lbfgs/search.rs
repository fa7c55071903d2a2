//! The line search of Moré and Thuente ("Line search algorithms with guaranteed sufficient decrease", ACM TOMS 20, 1994), a
//! value at a time, with the constants that SciPy's L-BFGS-B gives it.

/// Sufficient decrease.
const DECREASE: f64 = 1e-3;
/// Curvature.
const CURVATURE: f64 = 0.9;
/// Relative width of the bracket at which to stop.
const WIDTH: f64 = 0.1;
/// Longest step.
const LONGEST: f64 = 1e10;
/// How far beyond the last step the next may lie while there is no bracket.
const REACH: [f64; 2] = [1.1, 4.0];

/// What the search wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Value and slope at this step.
    Try(f64),
    /// This step is as good as it gets.
    Accept,
}

/// A step with the value and the slope there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sample {
    step: f64,
    value: f64,
    slope: f64,
}

impl Sample {
    /// The same, seen against a line through the start.
    fn tilted(self, slope: f64) -> Self {
        Self { step: self.step, value: self.value - self.step * slope, slope: self.slope - slope }
    }
}

/// A search under way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Search {
    start: Sample,
    /// The best step so far and the other end of the bracket.
    best: Sample,
    other: Sample,
    bracketed: bool,
    second_stage: bool,
    step: f64,
    limits: [f64; 2],
    widths: [f64; 2],
}

impl Search {
    /// Begins at a value with a negative slope; `step` is the first to be tried.
    pub(super) fn new(value: f64, slope: f64, step: f64) -> Self {
        let start = Sample { step: 0.0, value, slope };
        Self {
            start,
            best: start,
            other: start,
            bracketed: false,
            second_stage: false,
            step,
            limits: [0.0, step + REACH[1] * step],
            widths: [LONGEST, 2.0 * LONGEST],
        }
    }

    /// Takes value and slope at the step that was to be tried.
    pub(super) fn tell(&mut self, value: f64, slope: f64) -> Verdict {
        let here = Sample { step: self.step, value, slope };
        let gentle = DECREASE * self.start.slope;
        let allowed = self.start.value + here.step * gentle;
        self.second_stage |= value <= allowed && slope >= 0.0;
        let [low, high] = self.limits;
        let exhausted = self.bracketed && (here.step <= low || here.step >= high || high - low <= WIDTH * high);
        let at_limit = here.step >= LONGEST && value <= allowed && slope <= gentle;
        let good = value <= allowed && slope.abs() <= -CURVATURE * self.start.slope;
        if exhausted || at_limit || good {
            return Verdict::Accept;
        }
        if !self.second_stage && value <= self.best.value && value > allowed {
            let (mut best, mut other) = (self.best.tilted(gentle), self.other.tilted(gentle));
            self.step = next(&mut best, &mut other, here.tilted(gentle), &mut self.bracketed, self.limits);
            (self.best, self.other) = (best.tilted(-gentle), other.tilted(-gentle));
        } else {
            self.step = next(&mut self.best, &mut self.other, here, &mut self.bracketed, self.limits);
        }
        self.narrow();
        Verdict::Try(self.step)
    }

    /// Halves a bracket that shrinks too slowly, and sets the limits of the next step.
    fn narrow(&mut self) {
        let (best, other) = (self.best.step, self.other.step);
        if self.bracketed {
            if (other - best).abs() >= 0.66 * self.widths[1] {
                self.step = best + 0.5 * (other - best);
            }
            self.widths = [(other - best).abs(), self.widths[0]];
            self.limits = [best.min(other), best.max(other)];
        } else {
            self.limits = REACH.map(|reach| self.step + reach * (self.step - best));
        }
        self.step = self.step.clamp(0.0, LONGEST);
        let [low, high] = self.limits;
        if self.bracketed && (self.step <= low || self.step >= high || high - low <= WIDTH * high) {
            self.step = best;
        }
    }
}

/// The next step by cubic and quadratic interpolation, and the bracket with `here` taken in: the four cases of the paper's
/// section 4.
fn next(best: &mut Sample, other: &mut Sample, here: Sample, bracketed: &mut bool, limits: [f64; 2]) -> f64 {
    let opposite = here.slope * (best.slope / best.slope.abs()) < 0.0;
    let step = if here.value > best.value {
        higher(*best, here, bracketed)
    } else if opposite {
        turned(*best, here, bracketed)
    } else if here.slope.abs() < best.slope.abs() {
        flatter(*best, *other, here, *bracketed, limits)
    } else if *bracketed {
        cubic_beyond(here, *other)
    } else if here.step > best.step {
        limits[1]
    } else {
        limits[0]
    };
    if here.value > best.value {
        *other = here;
    } else {
        if opposite {
            *other = *best;
        }
        *best = here;
    }
    step
}

/// Case 1: a higher value, so that the minimum is bracketed.
fn higher(best: Sample, here: Sample, bracketed: &mut bool) -> f64 {
    *bracketed = true;
    let length = here.step - best.step;
    let theta = 3.0 * (best.value - here.value) / length + best.slope + here.slope;
    let scale = theta.abs().max(best.slope.abs()).max(here.slope.abs());
    let root = scale * math::ops::sqrt((theta / scale) * (theta / scale) - (best.slope / scale) * (here.slope / scale));
    let gamma = if here.step < best.step { -root } else { root };
    let share = (gamma - best.slope + theta) / (gamma - best.slope + gamma + here.slope);
    let cubic = best.step + share * length;
    let secant = best.slope / ((best.value - here.value) / length + best.slope) / 2.0;
    let quadratic = best.step + secant * length;
    if (cubic - best.step).abs() < (quadratic - best.step).abs() { cubic } else { cubic + (quadratic - cubic) / 2.0 }
}

/// Case 2: a lower value and a slope of the other sign, so that the minimum is bracketed.
fn turned(best: Sample, here: Sample, bracketed: &mut bool) -> f64 {
    *bracketed = true;
    let length = here.step - best.step;
    let theta = 3.0 * (best.value - here.value) / length + best.slope + here.slope;
    let scale = theta.abs().max(best.slope.abs()).max(here.slope.abs());
    let root = scale * math::ops::sqrt((theta / scale) * (theta / scale) - (best.slope / scale) * (here.slope / scale));
    let gamma = if here.step > best.step { -root } else { root };
    let share = (gamma - here.slope + theta) / (gamma - here.slope + gamma + best.slope);
    let cubic = here.step - share * length;
    let quadratic = here.step - here.slope / (here.slope - best.slope) * length;
    if (cubic - here.step).abs() > (quadratic - here.step).abs() { cubic } else { quadratic }
}

/// Case 3: a lower value, a slope of the same sign, less steep.
fn flatter(best: Sample, other: Sample, here: Sample, bracketed: bool, limits: [f64; 2]) -> f64 {
    let length = here.step - best.step;
    let theta = 3.0 * (best.value - here.value) / length + best.slope + here.slope;
    let scale = theta.abs().max(best.slope.abs()).max(here.slope.abs());
    let square = (theta / scale) * (theta / scale) - (best.slope / scale) * (here.slope / scale);
    let root = scale * math::ops::sqrt(square.max(0.0));
    let gamma = if here.step > best.step { -root } else { root };
    let share = (gamma - here.slope + theta) / (gamma + (best.slope - here.slope) + gamma);
    let cubic = if share < 0.0 && gamma != 0.0 {
        here.step - share * length
    } else if here.step > best.step {
        limits[1]
    } else {
        limits[0]
    };
    let quadratic = here.step - here.slope / (here.slope - best.slope) * length;
    let cubic_is_closer = (cubic - here.step).abs() < (quadratic - here.step).abs();
    if bracketed {
        let step = if cubic_is_closer { cubic } else { quadratic };
        let bound = here.step + 0.66 * (other.step - here.step);
        if here.step > best.step { step.min(bound) } else { step.max(bound) }
    } else {
        let step = if cubic_is_closer { quadratic } else { cubic };
        step.clamp(limits[0].min(limits[1]), limits[0].max(limits[1]))
    }
}

/// Case 4 inside a bracket: a lower value, a slope of the same sign, no less steep.
fn cubic_beyond(here: Sample, other: Sample) -> f64 {
    let length = other.step - here.step;
    let theta = 3.0 * (here.value - other.value) / length + other.slope + here.slope;
    let scale = theta.abs().max(other.slope.abs()).max(here.slope.abs());
    let root =
        scale * math::ops::sqrt((theta / scale) * (theta / scale) - (other.slope / scale) * (here.slope / scale));
    let gamma = if here.step > other.step { -root } else { root };
    let share = (gamma - here.slope + theta) / (gamma - here.slope + gamma + other.slope);
    here.step + share * length
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches along `f` and gives step and number of trials.
    fn search(f: impl Fn(f64) -> (f64, f64), first: f64) -> (f64, usize) {
        let (value, slope) = f(0.0);
        let (mut search, mut step) = (Search::new(value, slope, first), first);
        for trial in 1..40 {
            let (value, slope) = f(step);
            match search.tell(value, slope) {
                Verdict::Accept => return (step, trial),
                Verdict::Try(next) => step = next,
            }
        }
        unreachable!("no step was accepted")
    }

    #[test]
    fn an_accepted_step_decreases_enough_and_is_flat_enough() {
        let functions: [fn(f64) -> (f64, f64); 3] = [
            |t| ((t - 3.0) * (t - 3.0), 2.0 * (t - 3.0)),
            // The first function of the paper's section 5, beta = 2.
            |t| (-t / (t * t + 2.0), (t * t - 2.0) / ((t * t + 2.0) * (t * t + 2.0))),
            |t| (math::ops::exp(t) - 4.0 * t, math::ops::exp(t) - 4.0),
        ];
        for f in functions {
            for first in [1e-3, 0.1, 1.0, 10.0, 100.0] {
                let ((value, slope), (step, trials)) = (f(0.0), search(f, first));
                let (reached, left) = f(step);
                assert!(reached <= value + DECREASE * step * slope && trials < 20, "from {first}: {step}");
                assert!(left.abs() <= CURVATURE * slope.abs(), "from {first}: {step} {left}");
            }
        }
    }
}
