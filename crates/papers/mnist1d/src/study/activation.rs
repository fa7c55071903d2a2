//! Metalearning an activation function, and the functions that it is compared with.

use ::train::study::{Progress, Results, Study};
use anyhow::{Context, Result, bail};
use demo::Color;
use math::random::Mt19937;
use serde_json::{Value, json};

use super::chart::{Curve, chart};
use crate::data::generate;
use crate::lab::activation::{
    Activation as Shape, Base, CLIP, Function, INNER_STEPS, KNOTS, OUTER_RATE, OUTER_STEPS, TAUGHT, Taught, Training,
    settings, slope,
};
use crate::learner::Rows;

/// First weights through which each function is judged.
const REPEATS: u32 = 5;
/// Far from those of the outer descent.
const FRESH_SEED: u32 = 10_000;
/// The paper's outer steps all begin with the same first weights and see the same noise: its generator is set back in each.
const INNER_SEED: u32 = 0;
/// Of the first weights of the paper's function.
const FUNCTION_SEED: u32 = 20_000;

/// The paper's function.
pub const LEARNED: &str = "learned";
/// The page's.
pub const SPLINE: &str = "spline";

/// The study.
#[derive(Clone, Copy, Debug, Default)]
pub struct Activation;

/// How a function fares, mean over the first weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// Mean training loss of all steps, as the paper gives it.
    pub loss: f64,
    /// Test accuracy in percent.
    pub test: f64,
}

/// Those of a unit.
///
/// # Errors
/// When the result is not there.
pub fn scores(results: &Results, unit: &str) -> Result<Scores> {
    let result = results.get(unit).with_context(|| unit.to_owned())?;
    let number = |name: &str| result[name].as_f64().with_context(|| format!("{unit}: {name}"));
    Ok(Scores { loss: number("mean_of_all_losses")?, test: number("test")? })
}

/// The first and the last step of an outer descent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends {
    /// Outer losses: means of the last 200 steps.
    pub losses: [f64; 2],
    /// Test accuracies in percent.
    pub accuracies: [f64; 2],
}

/// Those of a unit that descends.
///
/// # Errors
/// When the result is not there.
pub fn descent(results: &Results, unit: &str) -> Result<Ends> {
    let result = results.get(unit).with_context(|| unit.to_owned())?;
    let ends = |name: &str| -> Result<[f64; 2]> {
        let values: Vec<f64> =
            serde_json::from_value(result[name].clone()).with_context(|| format!("{unit}: {name}"))?;
        values.first().zip(values.last()).map(|(first, last)| [*first, *last]).with_context(|| name.to_owned())
    };
    Ok(Ends { losses: ends("outer_loss")?, accuracies: ends("outer_test")? })
}

impl Study for Activation {
    fn name(&self) -> &'static str {
        "activation"
    }

    fn about(&self) -> String {
        format!(
            "Descent on an activation function by the exact slope, {OUTER_STEPS} steps: ELU plus a fifth of a network of {TAUGHT} \
             weights, as in the paper with the same inner first weights and noise in every step, and ELU plus a cubic spline of \
             {KNOTS} coefficients, as on the page with others in every step. Losses, and test accuracies in percent, in every \
             outer step, and of every function over {REPEATS} fresh first weights."
        )
    }

    fn units(&self) -> Vec<String> {
        [LEARNED, SPLINE].into_iter().chain(Base::ALL.map(Base::id)).map(str::to_owned).collect()
    }

    fn run(&self, unit: &str, quick: bool, progress: &Progress<'_>) -> Result<Option<Value>> {
        let rows = Rows::of(&generate(&settings())?);
        let inner = if quick { 5 } else { INNER_STEPS };
        if let Some(base) = Base::ALL.into_iter().find(|base| base.id() == unit) {
            return Ok(Some(json!(judged(&Function::plain(base), inner, &rows))));
        }
        let steps = [if quick { 1 } else { OUTER_STEPS }, inner];
        let learned = match unit {
            LEARNED => {
                let mut function = Taught::new(&mut Mt19937::new(FUNCTION_SEED));
                let descent = descend(&mut function, |_| INNER_SEED, steps, &rows, progress);
                descent.map(|descent| (descent, judged(&function, inner, &rows), function.numbers().to_vec()))
            }
            SPLINE => {
                let mut function = Function::plain(Base::Elu);
                let descent = descend(&mut function, |step| step, steps, &rows, progress);
                descent.map(|descent| (descent, judged(&function, inner, &rows), function.coefficients.to_vec()))
            }
            _ => bail!("there is no such unit"),
        };
        Ok(learned.map(|([losses, accuracies], mut result, numbers)| {
            result.insert("outer_loss".into(), json!(losses));
            result.insert("outer_test".into(), json!(accuracies));
            result.insert("numbers".into(), json!(numbers));
            json!(result)
        }))
    }

    fn plot(&self, results: &Results) -> Result<String> {
        let taught = Taught::with(numbers(results, LEARNED)?).context("not as many weights as the network has")?;
        let coefficients = numbers(results, SPLINE)?.try_into().ok().context("not 32 coefficients")?;
        let curves = [
            curve("learned", &taught, Color::Model),
            curve("learned spline", &Function { base: Base::Elu, coefficients }, Color::Accent),
            curve("ELU", &Function::plain(Base::Elu), Color::Baseline),
        ];
        Ok(chart("The learned activation function", ["x", "f(x)"], &curves))
    }
}

fn numbers(results: &Results, unit: &str) -> Result<Vec<f32>> {
    let result = results.get(unit).with_context(|| unit.to_owned())?;
    serde_json::from_value(result["numbers"].clone()).with_context(|| format!("{unit}: numbers"))
}

/// The function between -4 and 4.
fn curve<F: Shape>(label: &str, function: &F, color: Color) -> Curve {
    let x: Vec<f32> = (-40_i8..=40).map(|tenth| f32::from(tenth) / 10.0).collect();
    let mut out = [(); 3].map(|()| vec![0.0; x.len()]);
    function.calm().evaluate(&x, out.each_mut().map(Vec::as_mut_slice));
    let points = x.iter().zip(&out[0]).map(|(x, y)| [f64::from(*x), f64::from(*y)]);
    Curve::new(label, points.collect(), color)
}

/// Outer steps down the slope: the outer loss in each, and the test accuracy in percent after its training. None where it is told to
/// stop.
fn descend<F: Shape>(
    function: &mut F,
    seed: impl Fn(u32) -> u32,
    [steps, inner]: [usize; 2],
    [train, test]: &[Rows; 2],
    progress: &Progress<'_>,
) -> Option<[Vec<f64>; 2]> {
    let [mut losses, mut accuracies] = [(); 2].map(|()| Vec::new());
    for step in 0..steps {
        let (training, slope) = slope(function, seed(step as u32), inner, train);
        losses.push(rounded(f64::from(training.mean_loss())));
        accuracies.push(rounded(100.0 * training.accuracy(test)));
        for (value, slope) in function.parameters().iter_mut().zip(slope) {
            *value -= OUTER_RATE * slope.clamp(-CLIP, CLIP);
        }
        if !progress.at(step as u64 + 1, steps as u64) {
            return None;
        }
    }
    Some([losses, accuracies])
}

/// To four decimals.
fn rounded(value: f64) -> f64 {
    (1e4 * value).round() / 1e4
}

/// Means over fresh first weights.
fn judged<F: Shape>(function: &F, steps: usize, [train, test]: &[Rows; 2]) -> serde_json::Map<String, Value> {
    let [mut losses, mut whole, mut accuracies] = [(); 3].map(|()| Vec::new());
    for repeat in 0..REPEATS {
        let mut training = Training::new(function.clone(), FRESH_SEED + repeat);
        (0..steps).for_each(|_| training.step(train));
        losses.push(f64::from(training.mean_loss()));
        whole.extend(training.losses().iter().map(|loss| f64::from(*loss)));
        accuracies.push(100.0 * training.accuracy(test));
    }
    let mean = |values: &[f64]| json!(rounded(math::stats::mean(values)));
    let results = [("mean_loss", mean(&losses)), ("mean_of_all_losses", mean(&whole)), ("test", mean(&accuracies))];
    results.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}
