//! The physics against reference values: two independent implementations of the authors' method agree on them to 1e-10.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use structural::constraint::constrain;
use structural::structure::{Evaluation, Structure};
use structural::tasks::{Task, problem_of};

fn beam(width: usize, height: usize, volume: f64) -> Structure {
    Structure::new(problem_of("mbb_beam", width, height, volume).unwrap()).unwrap()
}

fn uniform(structure: &mut Structure) -> Evaluation {
    let start = structure.problem().uniform();
    structure.evaluate(&start).unwrap()
}

fn close(value: f64, reference: f64, relative: f64) {
    assert!((value - reference).abs() <= relative * reference.abs(), "{value} against {reference}");
}

#[test]
fn uniform_beams_give_way_as_they_should() {
    let cases = [
        (60, 20, 0.5, 1007.0221007),
        (60, 20, 0.4, 1966.8400255),
        (80, 25, 0.4, 2347.2848757),
        (96, 32, 0.5, 1020.5815207),
        (30, 10, 0.5, 984.5548025),
    ];
    for (width, height, volume, compliance) in cases {
        close(uniform(&mut beam(width, height, volume)).compliance, compliance, 1e-9);
    }
    close(beam(60, 20, 0.5).compliance(&[1.0; 1200]).unwrap(), 125.8777634737, 1e-9);
}

#[test]
fn the_gradient_of_a_uniform_beam_is_right() {
    let mut structure = beam(60, 20, 0.5);
    let density = structure.problem().uniform();
    structure.compliance(&density).unwrap();
    let gradient = structure.sensitivity(&density);
    close(gradient[0], -148.693775014, 1e-9);
    close(gradient[19 * 60 + 59], -112.375744208, 1e-9);
    close(gradient.iter().sum(), -6042.1325560, 1e-9);
}

/// `z[j, i] = sin(0.3 i) + cos(0.5 j)`.
fn waves() -> Vec<f64> {
    let logit = |at: usize| math::ops::sin(0.3 * (at % 60) as f64) + math::ops::cos(0.5 * (at / 60) as f64);
    (0..1200).map(logit).collect()
}

#[test]
fn the_whole_chain_from_logits_is_right() {
    let mut structure = beam(60, 20, 0.5);
    let (logits, mask) = (waves(), structure.problem().mask.clone());
    let constrained = constrain(&logits, &mask, 0.5);
    close(constrained.shift, -0.0190341038, 1e-8);
    let mean = |image: &[f64]| image.iter().sum::<f64>() / 1200.0;
    close(mean(&constrained.design), 0.5, 1e-12);
    let evaluation = structure.evaluate_logits(&logits).unwrap();
    close(mean(&evaluation.density), 0.5000448372, 1e-9);
    close(evaluation.compliance, 2990.578998, 1e-9);
    let gradient = &evaluation.gradient;
    close(math::linalg::norm(gradient), 2119.933286, 1e-8);
    close(gradient[0], -1.430640248, 1e-8);
    close(gradient[1199], -1481.568854, 1e-8);
    assert!(gradient.iter().sum::<f64>().abs() < 1e-8);
}

#[test]
fn its_gradient_agrees_with_differences_in_twenty_directions() {
    let mut structure = beam(60, 20, 0.5);
    let logits = waves();
    let gradient = structure.evaluate_logits(&logits).unwrap().gradient;
    // A direction across the gradient has a slope without relative precision.
    let typical = math::linalg::norm(&gradient) / math::ops::sqrt(1200.0);
    let mut random = math::random::Mt19937::new(1);
    for _ in 0..20 {
        let direction = random.randn_vec(1200);
        let length = math::linalg::norm(&direction);
        let mut moved = |by: f64| {
            let at: Vec<f64> = logits.iter().zip(&direction).map(|(z, d)| z + by * d / length).collect();
            structure.evaluate_logits(&at).unwrap().compliance
        };
        let difference = (moved(2e-3) - moved(-2e-3)) / 4e-3;
        let slope = math::linalg::dot(&gradient, &direction) / length;
        assert!((difference - slope).abs() <= 1e-5 * slope.abs().max(typical), "{difference} against {slope}");
    }
}

/// All 116 are checked by `verify`; here those that take no time.
#[test]
fn small_tasks_start_at_their_compliance() {
    for task in Task::all().filter(|task| task.width * task.height <= 64 * 64) {
        let mut structure = Structure::new(task.problem()).unwrap();
        let compliance = uniform(&mut structure).compliance;
        // Nine digits are known.
        close(compliance, task.fingerprint.compliance, 1e-8);
    }
}

#[test]
fn other_loads_and_volumes_need_no_new_structure() {
    let (mut changed, mut fresh) = (beam(30, 10, 0.5), problem_of("canyon_bridge", 30, 10, 0.3).unwrap());
    fresh.fixed.clone_from(&changed.problem().fixed);
    changed.set_forces(fresh.forces.clone()).unwrap();
    changed.set_volume(0.3).unwrap();
    assert_eq!(uniform(&mut changed), uniform(&mut Structure::new(fresh).unwrap()));
    let before = changed.problem().clone();
    assert!(changed.set_forces(vec![0.0; 3]).is_err() && changed.set_volume(1.0).is_err());
    assert_eq!(changed.problem(), &before);
}
