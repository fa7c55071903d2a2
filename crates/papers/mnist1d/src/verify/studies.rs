//! Section 4 of the paper: the studies, from their results in models/mnist1d, and the slope of the learning rate, made anew.

use std::path::Path;

use ::train::study::{Collected, Results};
use ::train::{Row, VerifyRequest};
use anyhow::Result;

use crate::data::{Settings, generate};
use crate::lab::activation::Base;
use crate::lab::contrast::Projector;
use crate::lab::descent::NOISE;
use crate::lab::pooling::Shrinking;
use crate::lab::rates::{Batches, STARTS, first_weights, inner};
use crate::learner::PAPER_SEED;
use crate::model::Pooling;
use crate::study::descent::Family;
use crate::study::{activation, descent, guillotine, pooling, rates, tickets};

/// What a study's results give.
type Judge = fn(&Results) -> Result<Vec<Row>>;

/// All studies; those that were not made yet are skipped.
pub(super) fn rows(request: &VerifyRequest) -> Result<Vec<Row>> {
    let mut rows = slope_row()?;
    let studies: [(&str, Judge); 7] = [
        ("lottery", lottery_rows),
        ("double-descent-mlp", |results| descent_rows(results, Family::Mlp)),
        ("double-descent-cnn", |results| descent_rows(results, Family::Cnn)),
        ("learning-rate", rate_rows),
        ("activation", activation_rows),
        ("guillotine", guillotine_rows),
        ("pooling", pooling_rows),
    ];
    for (study, judge) in studies {
        rows.extend(of_study(&request.models, study, judge)?);
    }
    Ok(rows)
}

fn of_study(models: &Path, study: &str, judge: Judge) -> Result<Vec<Row>> {
    if let Some(collected) = Collected::load(models, study)? {
        return judge(&collected.results);
    }
    let need = format!("needs `cargo xtask train mnist1d {study}`");
    Ok(vec![Row::skipped(study, format!("The study {study}"), need)])
}

/// Notebook, and whether the band is the sheet's.
fn notebook(name: &str) -> String {
    format!("paper: notebook {name}; band: ours")
}

fn lottery_rows(results: &Results) -> Result<Vec<Row>> {
    let number = |name| tickets::number(results, name);
    let [lottery, dense, random] = [number("lottery")?, number("dense")?, number("random")?];
    let source = notebook("lottery-tickets");
    let accuracy = |id: &str, what: &str, ours: f64, paper: f64| {
        Row::new(format!("lottery-{id}"), format!("{what}: test accuracy, %"), ours).paper(paper).source(source.clone())
    };
    let mut rows = vec![
        accuracy("ticket", "Lottery tickets of two trials, 92 % sparse", lottery, 75.0),
        accuracy("dense", "The same perceptron, dense (three seeds each)", dense, 65.6),
        accuracy("random", "Random masks, 92 % sparse (three each)", random, 61.2),
        Row::new("lottery-gain", "Lottery less dense, points", lottery - dense)
            .paper(9.4)
            .at_least(5.0)
            .source(source.clone()),
        Row::new("lottery-random", "Random less dense, points", random - dense)
            .paper(-4.4)
            .at_most(-2.0)
            .source(source.clone()),
        Row::new(
            "lottery-adjacency",
            "Two neighbours survive together: lottery over random",
            number("adjacency_ratio")?,
        )
        .paper(1.66)
        .at_least(1.3)
        .source(source.clone()),
    ];
    let published = [("lottery", [0.0093, 0.0023]), ("random", [0.0056, 0.00015])];
    for (mask, published) in published {
        let shares = tickets::adjacency(results, mask)?;
        for (count, (ours, paper)) in ["Two", "Three"].into_iter().zip(shares.into_iter().zip(published)) {
            let what = format!("{count} neighbours survive together, {mask} mask: share");
            let id = format!("lottery-adjacency-{mask}-{}", count.to_lowercase());
            rows.push(
                Row::new(id, what, ours).paper(paper).source("paper: notebook lottery-tickets, read off its bars"),
            );
        }
    }
    Ok(rows)
}

fn descent_rows(results: &Results, family: Family) -> Result<Vec<Row>> {
    let error = |width| Ok::<_, anyhow::Error>(descent::errors(results, NOISE, width)?[1]);
    let source = notebook("deep-double-descent");
    let row = |id: &str, what: &str, ours: f64, paper: f64| {
        Row::new(format!("descent-{id}"), format!("15 % wrong labels, {what}"), ours)
            .paper(paper)
            .source(source.clone())
    };
    if family == Family::Cnn {
        let [valley, peak, end] = [error(10)?, error(18)?, error(100)?];
        return Ok(vec![
            row("cnn-valley", "CNN of 10 channels: test error, %", valley, 19.6),
            row("cnn-peak", "CNN of 18 channels: test error, %", peak, 33.8),
            row("cnn-end", "CNN of 100 channels: test error, %", end, 27.7),
            row("cnn-rise", "CNN: the peak above the valley, points", peak - valley, 14.2).at_least(3.0),
            row("cnn-fall", "CNN: the peak above the widest, points", peak - end, 6.1).at_least(2.0),
            Row::new(
                "descent-cnn-smooth",
                "No wrong labels, CNN of 100 channels: test error, %",
                descent::errors(results, 0.0, 100)?[1],
            ),
        ]);
    }
    let [valley, peak, end] = [error(16)?, error(47)?, error(300)?];
    let beyond = family.widths().iter().filter(|width| **width >= 61);
    let learned = beyond.map(|width| Ok(descent::errors(results, NOISE, *width)?[0])).collect::<Result<Vec<_>>>()?;
    let smooth = descent::errors(results, 0.0, 300)?[1];
    Ok(vec![
        row("mlp-valley", "MLP of width 16: test error, %", valley, 47.2),
        row("mlp-peak", "MLP of width 47: test error, %", peak, 54.1),
        row("mlp-end", "MLP of width 300: test error, %", end, 45.5),
        row("mlp-rise", "MLP: width 47 above width 16, points", peak - valley, 6.8).at_least(3.0),
        row("mlp-fall", "MLP: width 47 above width 300, points", peak - end, 8.6).at_least(5.0),
        row(
            "mlp-learned",
            "MLP from width 61 on: largest training error, %",
            learned.into_iter().fold(0.0, f64::max),
            0.0,
        )
        .at_most(0.0),
        Row::new("descent-mlp-clean", "No wrong labels, MLP of width 300: test error, %", smooth)
            .paper(37.3)
            .source(source),
    ])
}

fn rate_rows(results: &Results) -> Result<Vec<Row>> {
    let source = notebook("metalearn-learn-rate");
    let mut rows = Vec::new();
    let mut ends = Vec::new();
    for (start, published) in STARTS.into_iter().zip([0.6243, 0.6203]) {
        let (rate, mean, last) = rates::path(results, start)?;
        let end = |values: &[f64]| values.last().copied().unwrap_or(f64::NAN);
        let row = Row::new(format!("rate-from-{start}"), format!("Metalearned learning rate from {start}"), end(&rate));
        rows.push(row.paper(published).at_least(0.55).at_most(0.7).source(source.clone()));
        ends.push([end(&rate), end(&mean), end(&last)]);
    }
    let [[first, mean, last], [second, ..]] = [ends[0], ends[1]];
    rows.push(
        Row::new("rate-agreement", "Difference of the two", (first - second).abs())
            .paper(0.004)
            .at_most(0.01)
            .source(source.clone()),
    );
    rows.push(Row::new("rate-mean-loss", "Mean training loss there", mean).paper(1.716).source(source.clone()));
    rows.push(Row::new("rate-last-loss", "Last training loss there", last).paper(1.505).source(source));
    Ok(rows)
}

/// The paper's values of the known functions: mean loss over all steps, and accuracy in percent as read off its bars.
const KNOWN: [(Base, f64, f64); 6] = [
    (Base::Relu, 1.337, 59.0),
    (Base::Swish, 1.368, 58.0),
    (Base::Elu, 1.474, 51.0),
    (Base::Tanh, 1.524, 51.0),
    (Base::Softplus, 1.647, 44.0),
    (Base::Sigmoid, 1.753, 35.0),
];

fn activation_rows(results: &Results) -> Result<Vec<Row>> {
    let source = notebook("metalearn-activation-function");
    let learned = activation::descent(results, activation::LEARNED)?;
    let row =
        |id: &str, what: String, ours: f64| Row::new(format!("activation-{id}"), what, ours).source(source.clone());
    let outer = "Learned activation";
    let mut rows = vec![
        row("outer-first", format!("{outer}: outer loss at first"), learned.losses[0]).paper(1.352),
        row("outer-last", format!("{outer}: outer loss at the end"), learned.losses[1]).paper(0.884).at_most(0.95),
        row("outer-first-test", format!("{outer}: test accuracy at first, %"), learned.accuracies[0]).paper(48.6),
        row("outer-last-test", format!("{outer}: test accuracy at the end, %"), learned.accuracies[1])
            .paper(68.4)
            .at_least(65.0),
    ];
    for (unit, what) in [(activation::LEARNED, "Learned activation"), (activation::SPLINE, "The page's spline")] {
        let scores = activation::scores(results, unit)?;
        let fresh = "fresh weights";
        rows.push(row(&format!("{unit}-loss"), format!("{what}, {fresh}: mean loss of all steps"), scores.loss));
        rows.push(row(&format!("{unit}-test"), format!("{what}, {fresh}: test accuracy, %"), scores.test));
    }
    let mut farthest = 0.0_f64;
    for (base, loss, test) in KNOWN {
        let (scores, name) = (activation::scores(results, base.id())?, base.id());
        rows.push(row(&format!("{name}-loss"), format!("{name}: mean loss of all steps"), scores.loss).paper(loss));
        rows.push(row(&format!("{name}-test"), format!("{name}: test accuracy, %"), scores.test).paper(test));
        farthest = farthest.max((scores.loss - loss).abs());
    }
    rows.push(
        row("known", "Known activations: largest difference from the paper's loss".into(), farthest).at_most(0.03),
    );
    let gain = activation::scores(results, "relu")?.loss - activation::scores(results, activation::LEARNED)?.loss;
    rows.push(
        row("gain", "Loss of ReLU less that of the learned activation, fresh weights".into(), gain).at_least(0.1),
    );
    Ok(rows)
}

/// The exact slope against a central difference.
fn slope_row() -> Result<Vec<Row>> {
    let batches = Batches::of(&generate(&Settings::default())?);
    let weights = first_weights(PAPER_SEED);
    let (rate, step) = (0.4, 1e-5);
    let loss = |rate| inner(rate, &weights, &batches).mean_loss;
    let difference = (loss(rate + step) - loss(rate - step)) / (2.0 * step);
    let error = (inner(rate, &weights, &batches).slope / difference - 1.0).abs();
    let row = Row::new("rate-slope", "Slope of the loss by the learning rate against a difference, relative", error);
    Ok(vec![row.at_most(1e-3).source("band: ours; recomputed")])
}

fn guillotine_rows(results: &Results) -> Result<Vec<Row>> {
    let source = notebook("self-supervised-learning");
    let [default, none, deep] = [
        guillotine::layers(results, Projector::Default)?,
        guillotine::layers(results, Projector::None)?,
        guillotine::layers(results, Projector::Deep)?,
    ];
    let at = |layers: &[f64], index: usize| layers.get(index).copied().unwrap_or(f64::NAN);
    let row = |id: &str, what: &str, ours: f64, paper: f64| {
        Row::new(format!("guillotine-{id}"), what, ours).paper(paper).source(source.clone())
    };
    let cut = |layers: &[f64]| at(layers, 3) - at(layers, layers.len() - 1);
    Ok(vec![
        row("raw", "Linear probe on the rows: test accuracy, %", at(&default, 0), 32.8).at_least(31.8).at_most(33.8),
        row("trunk", "Probe on the trunk, default projector: test accuracy, %", at(&default, 3), 82.1),
        row("output", "Probe on the projection: test accuracy, %", at(&default, 5), 75.0),
        row("default", "Trunk above projection, default projector, points", cut(&default), 7.1).at_least(4.0),
        row("deep", "Trunk above projection, deep projector, points", cut(&deep), 18.4).at_least(10.0),
        row("none", "No projector: layer 1 above layer 3, points", at(&none, 1) - at(&none, 3), 28.8).at_least(15.0),
    ])
}

fn pooling_rows(results: &Results) -> Result<Vec<Row>> {
    let source = notebook("benchmark-pooling");
    let of = |way, size| pooling::test_accuracy(results, way, size);
    let max = Shrinking::Pool(Pooling::Max);
    let gain = |size| Ok::<_, anyhow::Error>(of(max, size)? - of(Shrinking::None, size)?);
    let mut rows = Vec::new();
    let published = [(1000, [59.2, 57.4, 78.2, 78.0, 77.2]), (5000, [91.9, 89.9, 94.5, 94.0, 95.3])];
    for (size, values) in published.into_iter().chain([(50_000, [96.3, 95.4, 98.1, 97.3, 97.1])]) {
        for (way, paper) in Shrinking::ALL.into_iter().zip(values) {
            let what = format!("{size} rows, pooling {}: test accuracy, %", way.id());
            rows.push(
                Row::new(format!("pooling-{}-{size}", way.id()), what, of(way, size)?)
                    .paper(paper)
                    .source(source.clone()),
            );
        }
    }
    let row = |id: &str, what: &str, ours, paper| Row::new(id, what, ours).paper(paper).source(source.clone());
    rows.push(row("pooling-gain-1000", "Max pooling above none, 1,000 rows, points", gain(1000)?, 19.0).at_least(12.0));
    let large = row("pooling-gain-50000", "Max pooling above none, 50,000 rows, points", gain(50_000)?, 1.8);
    rows.push(large.at_least(-4.0).at_most(4.0));
    Ok(rows)
}
