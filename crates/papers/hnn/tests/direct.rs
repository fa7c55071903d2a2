//! The written-out networks against burn: the same weights, fields, gradients and trainings.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use futures_lite::future::block_on;
use hnn::model::{Direct, Dynamics, Kind, Shape};
use math::random::Mt19937;

/// Batches around the 48 rows of a block and the 4 rows of a tile, widths that are no multiple of a tile's columns.
const BATCHES: [usize; 6] = [1, 3, 17, 48, 97, 750];
const DIMENSIONS: [usize; 3] = [2, 4, 8];
const WIDTHS: [usize; 4] = [1, 13, 37, 200];

struct Case {
    direct: Direct,
    dynamics: Dynamics,
    x: Vec<f32>,
    dx: Vec<f32>,
}

impl Case {
    fn new(shape: Shape, rows: usize) -> Self {
        let Shape { kind, dimension, hidden } = shape;
        let seed = (rows * 1000 + hidden * 10 + dimension) as u32;
        let direct = Direct::new(shape, &mut Mt19937::new(seed));
        let device = Device::flex().autodiff();
        let dynamics = Dynamics::new(kind, dimension, hidden, &mut Mt19937::new(seed), &device);
        let mut random = Mt19937::new(seed + 1);
        let mut draw = || (0..rows * dimension).map(|_| random.uniform(-2.0, 2.0) as f32).collect();
        Self { direct, dynamics, x: draw(), dx: draw() }
    }

    fn tensor(&self, values: &[f32]) -> Tensor<2> {
        let columns = self.dynamics.dimension();
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len() / columns, columns]), &Device::flex())
    }

    fn loss_by_burn(&self) -> Tensor<1> {
        let error = self.dynamics.field(self.tensor(&self.x).autodiff()) - self.tensor(&self.dx).autodiff();
        (error.clone() * error).mean()
    }
}

fn cases() -> impl Iterator<Item = Case> {
    let kinds = [Kind::Hnn, Kind::Baseline].into_iter();
    let shapes = kinds.flat_map(|kind| DIMENSIONS.map(|dimension| (kind, dimension)));
    let shapes = shapes.flat_map(|(kind, dimension)| WIDTHS.map(|hidden| Shape { kind, dimension, hidden }));
    shapes.flat_map(|shape| BATCHES.map(|rows| Case::new(shape, rows)))
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    block_on(nn::read(tensor)).unwrap()
}

/// The largest difference, measured by the largest number.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    let worst = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max);
    worst / largest
}

struct Flat<'a> {
    gradients: &'a Gradients,
    values: Vec<f32>,
}

impl ModuleVisitor for Flat<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.values.extend(values(param.val().grad(self.gradients).unwrap()));
    }
}

#[test]
fn first_weights_are_the_same_bits() {
    for case in cases() {
        assert_eq!(case.direct.parameters(), block_on(nn::parameters(&case.dynamics)).unwrap());
    }
}

#[test]
fn fields_and_energies_are_burns() {
    for mut case in cases() {
        let (energy, field) = case.direct.energy_and_field(&case.x);
        let (expected_energy, expected) = case.dynamics.valid().energy_and_field(case.tensor(&case.x));
        let shape = case.direct.shape();
        let off = difference(&field, &values(expected));
        assert!(off < 1e-5, "{shape:?}, {} numbers: {off}", case.x.len());
        let off = expected_energy.map_or(energy.len() as f32, |expected| difference(&energy, &values(expected)));
        assert!(off < 1e-5, "{shape:?}, {} numbers, energy: {off}", case.x.len());
    }
}

#[test]
fn losses_and_gradients_are_those_of_automatic_differentiation() {
    for mut case in cases() {
        let mut gradient = vec![f32::NAN; case.direct.parameters().len()];
        let loss = case.direct.loss(&case.x, &case.dx, &mut gradient);
        let by_burn = case.loss_by_burn();
        let mut flat = Flat { gradients: &by_burn.backward(), values: Vec::new() };
        case.dynamics.visit(&mut flat);
        let off = difference(&gradient, &flat.values);
        assert!(off < 1e-4, "{:?}, {} numbers: {off}", case.direct.shape(), case.x.len());
        assert!(difference(&[loss], &values(by_burn.inner())) < 1e-5);
    }
}

#[test]
fn a_batch_is_the_mean_of_its_rows() {
    let shape = Shape { kind: Kind::Hnn, dimension: 2, hidden: 37 };
    let mut case = Case::new(shape, 97);
    let mut whole = vec![0.0; shape.count()];
    case.direct.loss(&case.x, &case.dx, &mut whole);
    let mut mean = vec![0.0; shape.count()];
    let mut gradient = vec![0.0; shape.count()];
    for (x, dx) in case.x.chunks(2).zip(case.dx.chunks(2)) {
        case.direct.loss(x, dx, &mut gradient);
        mean.iter_mut().zip(&gradient).for_each(|(mean, value)| *mean += value / 97.0);
    }
    assert!(difference(&whole, &mean) < 1e-5);
}

#[test]
fn other_weights_are_taken_at_once_and_others_refused() {
    let shape = Shape { kind: Kind::Baseline, dimension: 2, hidden: 13 };
    let mut case = Case::new(shape, 3);
    let before = case.direct.energy_and_field(&case.x);
    case.direct.set_parameters(&vec![0.0; shape.count()]).unwrap();
    assert_eq!(case.direct.energy_and_field(&case.x).1, [0.0; 6]);
    assert_ne!(before.1, [0.0; 6]);
    assert!(case.direct.set_parameters(&[1.0]).is_err());
}
