//! Every kernel against loops on the CPU, on shapes that are no multiple of any tile. A Vulkan driver has to be there.

use std::rc::Rc;

use futures_lite::future::block_on;
use math::random::Mt19937;

use crate::{Adam, CrossEntropy, Epilogue, Gpu, Layout, Momentum, Numbers, Outer, Plan, Product, Rows, Weights};

fn gpu() -> Rc<Gpu> {
    block_on(crate::native()).unwrap()
}

fn random_numbers(random: &mut Mt19937, count: usize) -> Vec<f32> {
    (0..count).map(|_| random.uniform(-1.0, 1.0) as f32).collect()
}

/// Rows of `columns` numbers, each padded to a multiple of four.
fn padded(values: &[f32], columns: usize) -> Vec<f32> {
    let pad = |row: &[f32]| [row, &vec![0.0; columns.next_multiple_of(4) - columns]].concat();
    values.chunks(columns).flat_map(pad).collect()
}

fn between(random: &mut Mt19937, low: usize, high: usize) -> usize {
    random.uniform(low as f64, high as f64 + 1.0) as usize
}

fn check(what: &str, found: &[f32], expected: &[f64], scale: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(*found) - expected).abs() <= 1e-5 * scale, "{what}, {at}: {found} against {expected}");
    }
}

const EPILOGUES: [Epilogue; 9] = [
    Epilogue::Sum,
    Epilogue::Tanh,
    Epilogue::TanhAndSlopeOfRow,
    Epilogue::Slope,
    Epilogue::SlopeOfSum,
    Epilogue::SumAndSlope,
    Epilogue::Curvature,
    Epilogue::Relu,
    Epilogue::ReluGradient,
];

/// y and z by the definition of the epilogue.
fn after(epilogue: Epilogue, v: f64, [p, q, y, row]: [f64; 4]) -> [f64; 2] {
    let slope = |h: f64| 1.0 - h * h;
    match epilogue {
        Epilogue::Sum => [v, 0.0],
        Epilogue::Tanh => [v.tanh(), 0.0],
        Epilogue::TanhAndSlopeOfRow => [v.tanh(), slope(v.tanh()) * row],
        Epilogue::Slope => [slope(p) * v, 0.0],
        Epilogue::SlopeOfSum => [slope(p) * (y + v), 0.0],
        Epilogue::SumAndSlope => [v, slope(p) * v],
        Epilogue::Curvature => [-2.0 * p * q * v, slope(p) * v],
        Epilogue::Relu => [v.max(0.0), 0.0],
        Epilogue::ReluGradient => [if p > 0.0 { v } else { 0.0 }, 0.0],
    }
}

#[test]
fn products_are_those_of_loops() {
    let gpu = gpu();
    let mut random = Mt19937::new(1);
    for round in 0..54 {
        let epilogue = EPILOGUES[round % 9];
        let (transposed, bias) = (round % 2 == 0, round % 3 == 0);
        let [rows, depth, columns] = [70, 45, 45].map(|high| between(&mut random, 1, high));
        product(&gpu, &mut random, epilogue, transposed, bias, [rows, depth, columns]);
    }
}

fn product(gpu: &Rc<Gpu>, random: &mut Mt19937, epilogue: Epilogue, transposed: bool, bias: bool, sizes: [usize; 3]) {
    let [rows, depth, columns] = sizes;
    let mut layout = Layout::default();
    let first = if transposed { layout.transposed(depth, columns) } else { layout.matrix(depth, columns) };
    let (bias_at, row) = (layout.vector(columns), layout.vector(columns));
    let parameters = random_numbers(random, layout.count());
    let a = random_numbers(random, rows * depth);
    let [p, q, y] = [(); 3].map(|()| random_numbers(random, rows * columns));
    let buffer = gpu.filled(&layout.packed(&parameters));
    let [p_there, q_there, y_there, z_there] = [&p, &q, &y, &y].map(|values| gpu.filled(&padded(values, columns)));
    let more: &[&Numbers] = match epilogue {
        Epilogue::Sum | Epilogue::Tanh | Epilogue::Relu => &[&y_there],
        Epilogue::TanhAndSlopeOfRow => &[&y_there, &z_there],
        Epilogue::Slope | Epilogue::SlopeOfSum | Epilogue::ReluGradient => &[&p_there, &y_there],
        Epilogue::SumAndSlope => &[&p_there, &y_there, &z_there],
        Epilogue::Curvature => &[&p_there, &q_there, &y_there, &z_there],
    };
    let mut plan = Plan::new(gpu);
    let (d4, c4) = (depth.div_ceil(4), columns.div_ceil(4));
    let weights =
        Weights { first, width: if transposed { d4 } else { c4 }, transposed, bias: bias.then_some(bias_at), row };
    let a_there = gpu.filled(&padded(&a, depth));
    Product {
        rows,
        depth: d4,
        columns: c4,
        a: (&a_there, Rows::dense(d4)),
        b: (&buffer, weights),
        epilogue,
        more,
        at: Rows::dense(c4),
    }
    .push(&mut plan);
    plan.submit();
    let (matrix, rest) = parameters.split_at(depth * columns);
    let expected = |row: usize, column: usize| {
        let element = |k: usize| f64::from(matrix[k * columns + column]);
        let sum: f64 = (0..depth).map(|k| f64::from(a[row * depth + k]) * element(k)).sum();
        let sum = sum + if bias { f64::from(rest[column]) } else { 0.0 };
        let at = row * columns + column;
        after(epilogue, sum, [p[at], q[at], y[at], rest[columns + column]].map(f64::from))
    };
    let what = format!("{epilogue:?} {sizes:?} transposed {transposed} bias {bias}");
    for (part, there) in [&y_there, &z_there].into_iter().enumerate() {
        if part == 1 && more.len() < 2 || !more.iter().any(|buffer| std::ptr::eq(*buffer, there)) {
            continue;
        }
        let found = block_on(gpu.read(there)).unwrap();
        let width = 4 * c4;
        let found: Vec<f32> = found.chunks(width).flat_map(|row| &row[..columns]).copied().collect();
        let all = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let all: Vec<f64> = all.map(|(row, column)| expected(row, column)[part]).collect();
        check(&what, &found, &all, depth as f64);
    }
}

#[test]
fn gradients_of_weights_are_those_of_loops() {
    let gpu = gpu();
    let mut random = Mt19937::new(2);
    for round in 0..24 {
        let [rows, inputs, outputs] = [130, 30, 30].map(|high| between(&mut random, 1, high));
        let slots = between(&mut random, 1, 9);
        outer(&gpu, &mut random, [rows, inputs, outputs], slots, [round % 3 != 0, round % 3 != 1]);
    }
}

fn outer(gpu: &Rc<Gpu>, random: &mut Mt19937, sizes: [usize; 3], slots: usize, [matrix, bias]: [bool; 2]) {
    let [rows, inputs, outputs] = sizes;
    let mut layout = Layout::default();
    let (first, bias_at) = (layout.matrix(inputs, outputs), layout.vector(outputs));
    let (a, g) = (random_numbers(random, rows * inputs), random_numbers(random, rows * outputs));
    let [a_there, g_there] = [(&a, inputs), (&g, outputs)].map(|(values, width)| gpu.filled(&padded(values, width)));
    let to = gpu.zeros((slots + 2) * layout.length());
    let mut plan = Plan::new(gpu);
    let depth = inputs.div_ceil(4);
    Outer {
        rows,
        a: matrix.then_some((&a_there, Rows::dense(depth), depth, first)),
        g: (&g_there, Rows::dense(outputs.div_ceil(4))),
        columns: outputs.div_ceil(4),
        bias: bias.then_some(bias_at),
        slots: 1..1 + slots,
        to: (&to, layout.length() / 4),
    }
    .push(&mut plan);
    plan.submit();
    let found = block_on(gpu.read(&to)).unwrap();
    let slot = |index: usize| &found[index * layout.length()..(index + 1) * layout.length()];
    // Its neighbours are left alone.
    assert!(slot(0).iter().chain(slot(slots + 1)).all(|value| *value == 0.0));
    let mut sums = vec![0.0_f32; layout.length()];
    for index in 1..=slots {
        sums.iter_mut().zip(slot(index)).for_each(|(sum, value)| *sum += value);
    }
    let element = |values: &[f32], width: usize, row: usize, column: usize| f64::from(values[row * width + column]);
    let product = |i: usize, o: usize| (0..rows).map(|r| element(&a, inputs, r, i) * element(&g, outputs, r, o)).sum();
    let by_matrix = (0..inputs).flat_map(|i| (0..outputs).map(move |o| (i, o)));
    let mut expected: Vec<f64> = by_matrix.map(|(i, o)| if matrix { product(i, o) } else { 0.0 }).collect();
    let sum = |o: usize| (0..rows).map(|r| element(&g, outputs, r, o)).sum::<f64>();
    expected.extend((0..outputs).map(|o| if bias { sum(o) } else { 0.0 }));
    check(&format!("{sizes:?} in {slots} slots"), &layout.unpacked(&sums), &expected, rows as f64);
}

#[test]
fn adam_is_that_of_the_cpu() {
    let gpu = gpu();
    let mut random = Mt19937::new(3);
    let count = 68;
    let mut parameters = random_numbers(&mut random, count);
    let mut plain = math::single::Adam::new(0.01, count);
    plain.decay = 0.05;
    let mut adam = Adam::new(&gpu, &parameters, 0.01, 0.05);
    let mut mean = parameters.clone();
    for step in 0..40 {
        let slots = [(); 3].map(|()| random_numbers(&mut random, count));
        let losses = random_numbers(&mut random, 8);
        let (there, losses_there) = (gpu.filled(&slots.concat()), gpu.filled(&losses));
        let mut plan = Plan::new(&gpu);
        adam.push(&mut plan, &there, &losses_there);
        let number = adam.advance(3, 2, 0.5);
        plan.submit();
        let gradient: Vec<f32> = (0..count).map(|at| slots.iter().map(|slot| slot[at]).sum()).collect();
        plain.step(&mut parameters, &gradient);
        let loss = block_on(adam.losses().read(&[number])).unwrap()[0];
        assert!((loss - 0.5 * losses.iter().sum::<f32>()).abs() < 1e-6);
        adam.average(0.9);
        math::single::blend(&mut mean, &parameters, 0.9);
        if step % 7 == 0 {
            check_adam(&gpu, &adam, &parameters, &plain, &mean);
        }
    }
    let mut copy = adam.clone();
    check_adam(&gpu, &copy, &parameters, &plain, &mean);
    copy.restore(3, &parameters, &[0.0; 136]);
    assert_eq!((copy.steps(), adam.steps()), (3, 40));
    check_adam(&gpu, &adam, &parameters, &plain, &mean);
}

fn check_adam(gpu: &Gpu, adam: &Adam, parameters: &[f32], plain: &math::single::Adam, mean: &[f32]) {
    let wide = |values: &[f32]| values.iter().map(|value| f64::from(*value)).collect::<Vec<_>>();
    check("parameters", &block_on(gpu.read(adam.parameters())).unwrap(), &wide(parameters), 1.0);
    check("mean", &block_on(gpu.read(&adam.mean())).unwrap(), &wide(mean), 1.0);
    let moments: Vec<f32> = plain.moments().collect();
    check("moments", &block_on(adam.moments()).unwrap(), &wide(&moments), 1.0);
}

#[test]
fn products_in_one_dispatch_are_each_alone() {
    let gpu = gpu();
    let mut random = Mt19937::new(4);
    let sizes = [[1, 3, 2], [70, 9, 45], [33, 40, 4]];
    let mut layout = Layout::default();
    let firsts = sizes.map(|[_, depth, columns]| layout.matrix(depth, columns));
    let parameters = gpu.filled(&layout.packed(&random_numbers(&mut random, layout.count())));
    let a = gpu.filled(&random_numbers(&mut random, 70 * 52));
    let [together, alone] = [(); 2].map(|()| gpu.zeros(3 * 70 * 48));
    let products = |y: &[&Numbers], push: &mut dyn FnMut(&[Product<'_>])| {
        let product = |at: usize| {
            let [rows, depth, columns] = [sizes[at][0], sizes[at][1].div_ceil(4), sizes[at][2].div_ceil(4)];
            let weights = Weights { first: firsts[at], width: columns, transposed: false, bias: None, row: 0 };
            let a = (&a, Rows::dense(depth).after(at));
            let (epilogue, at) = (Epilogue::Relu, Rows::dense(columns).after(at * 70 * 12));
            Product { rows, depth, columns, a, b: (&parameters, weights), epilogue, more: y, at }
        };
        push(&[0, 1, 2].map(product));
    };
    let mut plan = Plan::new(&gpu);
    products(&[&together], &mut |all| Product::push_together(all, &mut plan));
    assert_eq!(plan.dispatches(), 1);
    products(&[&alone], &mut |all| all.iter().for_each(|product| product.push(&mut plan)));
    assert_eq!(plan.dispatches(), 4);
    plan.submit();
    let found = block_on(gpu.read(&together)).unwrap();
    assert_eq!(found, block_on(gpu.read(&alone)).unwrap());
    assert!([0, 1, 2].iter().all(|at| found[at * 70 * 48..].iter().take(48).any(|value| *value > 0.0)));
}

#[test]
fn momentum_is_that_of_the_cpu() {
    let gpu = gpu();
    let mut random = Mt19937::new(5);
    let count = 72;
    let mut parameters = random_numbers(&mut random, count);
    let mut plain = math::single::Momentum::new(0.03, 0.9, count);
    let momentum = Momentum::new(&gpu, &parameters, &vec![0.0; count], [0.03, 0.9]);
    for _ in 0..20 {
        let slots = [(); 3].map(|()| random_numbers(&mut random, count));
        let mut plan = Plan::new(&gpu);
        momentum.push(&mut plan, (&gpu.filled(&slots.concat()), 3));
        plan.submit();
        let gradient: Vec<f32> = (0..count).map(|at| slots.iter().map(|slot| slot[at]).sum()).collect();
        plain.step(&mut parameters, &gradient);
    }
    let wide = |values: &[f32]| values.iter().map(|value| f64::from(*value)).collect::<Vec<_>>();
    check("parameters", &block_on(gpu.read(momentum.parameters())).unwrap(), &wide(&parameters), 1.0);
    check("velocities", &block_on(gpu.read(momentum.velocities())).unwrap(), &wide(plain.velocity()), 10.0);
}

#[test]
fn cross_entropy_is_that_of_the_cpu_for_each_network() {
    let gpu = gpu();
    let mut random = Mt19937::new(6);
    let (networks, rows, classes) = (3, 70, 10);
    let logits = random_numbers(&mut random, networks * rows * classes);
    let labels: Vec<u8> = (0..rows).map(|row| (row * 3 % classes) as u8).collect();
    // Five labels stand before those of these rows.
    let there: Vec<f32> = [0; 5].iter().chain(&labels).map(|label| f32::from(*label)).collect();
    let [logits_there, by_logits] = [&logits; 2].map(|values| gpu.filled(&padded(values, classes)));
    let (losses, wrong) = (gpu.zeros(networks * rows), gpu.zeros(networks));
    gpu.set(&wrong, &[100, 0, 0]);
    let mut plan = Plan::new(&gpu);
    CrossEntropy {
        networks,
        rows,
        classes,
        logits: &logits_there,
        labels: (&gpu.filled(&there), 5),
        by_logits: &by_logits,
        losses: &losses,
        wrong: &wrong,
    }
    .push(&mut plan);
    plan.submit();
    let [losses, by_logits, wrong] = [&losses, &by_logits, &wrong].map(|buffer| block_on(gpu.read(buffer)).unwrap());
    for network in 0..networks {
        let own = &logits[network * rows * classes..(network + 1) * rows * classes];
        // The CPU has the batch last.
        let mut turned: Vec<f32> =
            (0..classes).flat_map(|c| (0..rows).map(move |row| own[row * classes + c])).collect();
        let (loss, correct) = math::single::softmax_cross_entropy(&mut turned, &labels);
        let mean = losses[network * rows..(network + 1) * rows].iter().sum::<f32>() / rows as f32;
        check("loss", &[mean], &[f64::from(loss)], 1.0);
        let found: Vec<f32> =
            by_logits[network * rows * 12..].chunks(12).take(rows).flat_map(|row| &row[..classes]).copied().collect();
        let expected = (0..rows).flat_map(|row| (0..classes).map(move |c| c * rows + row));
        let expected: Vec<f64> = expected.map(|at| f64::from(turned[at])).collect();
        check("gradient", &found, &expected, 0.1);
        let counted = wrong[network].to_bits() as usize;
        assert_eq!(counted, rows - correct + if network == 0 { 100 } else { 0 });
    }
}
