//! The words of the model cards.

use ::train::About;

use super::recipe;
use crate::model::Kind;
use crate::task::Task;

/// What a network is, what it was trained on and what falls short, without the data's hash.
pub(super) fn about(task: Task, kind: Kind) -> About {
    let experiment = recipe(task);
    let batch = experiment
        .batch
        .map_or("all rows".to_owned(), |size| format!("{size} rows, drawn without replacement each step"));
    let optimiser = experiment.optimiser;
    let rate = if experiment.cool_down > 0.0 {
        format!(
            "{}, falling to zero over the last {:.0} % of the steps (ours; the authors keep it constant)",
            optimiser.learning_rate,
            100.0 * experiment.cool_down
        )
    } else {
        optimiser.learning_rate.to_string()
    };
    let recipe = [
        ("optimiser", "Adam, epsilon 1e-8".to_owned()),
        ("learning rate", rate),
        ("L2, added to the gradient", optimiser.weight_decay.to_string()),
        ("batch", batch),
        ("weights", format!("orthogonal; hidden biases uniform within 1/sqrt(fan-in); draw {}", experiment.draw)),
    ];
    About {
        what: format!("{} {}", network(task, kind), loss(task)),
        data: data(task).into(),
        data_sha256: String::new(),
        recipe: recipe.map(|(name, value)| (name.to_owned(), value)).into(),
        falls_short: shortcomings(task, kind).iter().map(|line| (*line).to_owned()).collect(),
        needs_data: task == Task::Real,
    }
}

fn network(task: Task, kind: Kind) -> String {
    let d = task.dimension();
    match kind {
        Kind::Hnn => format!(
            "Hamiltonian neural network, {d}-200-200-1, tanh: it learns a scalar H and gives its symplectic gradient \
             (dH/dp, -dH/dq). The authors' network has a second output that only feels weight decay; it is left out here."
        ),
        Kind::Baseline => {
            format!("The baseline, a multilayer perceptron {d}-200-200-{d}, tanh, that gives dx/dt directly.")
        }
    }
}

fn loss(task: Task) -> &'static str {
    match task {
        Task::Pixels => {
            "Trained together with an autoencoder (1568-200-200-200-2 and back, ReLU, residual in the middle) on \
             the sum of the pictures' error, the canonical-coordinate error and 0.1 of the dynamics' error."
        }
        _ => "Trained on the mean squared error of dx/dt.",
    }
}

fn data(task: Task) -> &'static str {
    match task {
        Task::Spring => {
            "25 of 50 trajectories of a spring, 30 samples each, Gaussian noise 0.1 on the states (`cargo xtask data hnn spring`)"
        }
        Task::Pendulum => {
            "25 of 50 trajectories of a pendulum, 45 samples each, Gaussian noise 0.1 on the states (`cargo xtask data hnn pendulum`)"
        }
        Task::Real => {
            "real_pend_h_1.txt of the supplement of Schmidt and Lipson, Science 2009: 445 of 555 differences. The record is not part of this project (licence not established); only these weights are"
        }
        Task::TwoBody => "800 of 1000 orbits of two bodies, 50 samples each (`cargo xtask data hnn two-body`)",
        Task::ThreeBody => "4000 of 5000 orbits of three bodies, 20 samples each (`cargo xtask data hnn three-body`)",
        Task::Pixels => {
            "160 of 200 trials of a swinging rod, 100 pairs of frames each, drawn analytically (`cargo xtask data hnn pixels`)"
        }
    }
}

fn shortcomings(task: Task, kind: Kind) -> &'static [&'static str] {
    match (task, kind) {
        (Task::Spring, _) => &[
            "Noise sits on the inputs, so the best fit to it is a field about 4 percent too slow; every loss lies on the noise floor and says nothing about rollouts.",
            "The authors' evaluation stretches the model's time by 1.09 to undo that; here the horizon is 20 for all and nothing is stretched.",
        ],
        (Task::Pendulum, _) => &[
            "The authors score this task with the spring's energy q^2 + p^2, which is not conserved here; both numbers are given.",
            "The baseline's energy error depends on the draw of its first weights: draws 0 to 4 of seed 0 gave 0.0097, 0.0071, 0.0033, 0.0119 and 0.0176 (HNN: 0.0005 each time), 7 to 36 times that of the HNN. Draw 4 is published, because by the authors' metric it comes nearest to their own baseline (0.039 against 0.0415).",
        ],
        (Task::Real, Kind::Hnn) => {
            &["The real pendulum loses energy; a network that conserves energy cannot follow it, by construction."]
        }
        (Task::Real, Kind::Baseline) => &["Trained on 445 noisy differences of one recording."],
        (Task::ThreeBody, _) => &[
            "Close encounters give the targets a range of five orders of magnitude; as in the paper, neither network is good at this task.",
        ],
        (Task::Pixels, _) => &[
            "Trained longer than the authors' 10,001 steps: 10,000 more with a falling learning rate and no L2, then 3,000 of the dynamics alone (ours). Even an L2 of 1e-5 bends the learned H, whose loss is small: after the authors' steps alone the latent pendulum swings 10 percent too fast at small amplitudes, and the angle's error is twice the baseline's instead of a fraction of it.",
            "The frames are drawn analytically, not captured from a screen as the authors' were, so losses compare in kind and not in digits.",
            "The dynamics are trained as the difference between frames and rolled out as a flow, as in the paper; the two agree only to the order of one frame.",
            "Over 100 frames the angle errs by 0.34 of what the baseline does (0.050 and 0.149 radians); a fifth was the aim. A difference of frames is a Hamiltonian flow only to first order: even the best H in exact coordinates errs by 0.019, 0.13 of the baseline. The rest is the learned latent plane, which is canonical only nearly; training the dynamics for longer changes 0.050 to 0.049.",
        ],
        (Task::TwoBody, _) => &[
            "With the authors' constant learning rate the last step's loss goes up and down by a factor of five; this network's falls to zero at the end, which is ours.",
            "Valid for the range of its training orbits: distances of about 0.7 to 2.1 from the centre.",
        ],
    }
}
