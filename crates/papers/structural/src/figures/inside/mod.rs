//! Inside the network while its weights are optimised: what leaves each of its five blocks, what it is worth without some of
//! its parts, and what another latent vector would make of the same weights.

mod picture;

use demo::snapshot::{Reader, Writer, bad};
use demo::{Context, Control, Demo, Entry, Error, Probe, Readout, Save, Scene, Spec, Table, Tick, Value};
use math::random::Mt19937;

use super::certificate::{self, Design};
use super::draw;
use crate::cnn::{Ablation, LATENT};
use crate::methods::{Method, Run, Start};
use crate::problem::Fault;
use crate::structure::{Evaluation, Structure};
use crate::tasks::problem_of;

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "inside", models: &[], webgpu_pays: false, new };

/// Evaluations of a run.
const EVALUATIONS: usize = 120;
/// The other latent vector is drawn with this seed beside the figure's.
const OTHER: u32 = 0x5eed;
/// Layout of the snapshot.
const VERSION: u32 = 2;

const NETWORKS: [(&str, &str, Ablation); 4] = [
    ("whole", "the paper’s", Ablation::None),
    ("offsets", "without offsets", Ablation::Offsets),
    ("normalisation", "without normalisation", Ablation::Normalisation),
    ("neighbours", "with kernels of 1 × 1", Ablation::Neighbours),
];

struct Inside {
    spec: Spec,
    seed: u32,
    ablation: Ablation,
    structure: Structure,
    run: Run,
    /// The design of another latent vector, with its compliance, while one is looked at.
    imagined: Option<Evaluation>,
    /// Share of the other latent vector.
    share: f64,
    /// The picture of [`Self::share`] is not made yet.
    stale: bool,
    fault: Option<Fault>,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let (structure, run) = begun(context.seed, Ablation::None).map_err(|fault| Error::Numerical(fault.to_string()))?;
    Ok(Box::new(Inside {
        spec: spec(),
        seed: context.seed,
        ablation: Ablation::None,
        structure,
        run,
        imagined: None,
        share: 0.0,
        stale: false,
        fault: None,
    }))
}

fn begun(seed: u32, ablation: Ablation) -> Result<(Structure, Run), Fault> {
    let problem = problem_of("cantilever_beam_full", 64, 32, 0.4).ok_or(Fault::NoLoad)?;
    let structure = Structure::new(problem)?;
    let run = Run::ablated(Method::Cnn, &structure, Start::Seed(seed), ablation)?;
    Ok((structure, run))
}

fn spec() -> Spec {
    Spec {
        title: "Inside the network".into(),
        summary: "A cantilever, held at the left and loaded at its lower right corner, designed by the network. Beside it \
                  eight of the channels that leave each of its blocks, from coarse to fine, while all weights are optimised."
            .into(),
        help: "Each row is one block: a hyperbolic tangent, twice the size in three of them, normalisation over everything, \
               a convolution, and an offset for each pixel. The last row has one channel, the logits; the design follows by \
               the volume constraint and the filter. Choose what to leave out, and the network begins anew. Move “Another \
               latent” to feed the same weights another vector of 128 numbers: the run waits meanwhile."
            .into(),
        aspect_wide: 1.6,
        aspect_narrow: 0.72,
        controls: vec![
            Control::choice("network", "Network", &NETWORKS.map(|(id, label, _)| (id, label))),
            Control::slider("latent", "Another latent (%)", 0.0..=100.0, 5.0, 0.0),
            Control::button("again", "Begin again"),
        ],
        model_contract: None,
        paints: false,
    }
}

impl Inside {
    fn begin(&mut self) {
        match begun(self.seed, self.ablation) {
            Ok((structure, run)) => (self.structure, self.run, self.fault) = (structure, run, None),
            Err(fault) => self.fault = Some(fault),
        }
        self.imagined = None;
        self.stale = self.share > 0.0;
    }

    fn advance(&mut self) {
        if self.fault.is_some() {
            return;
        }
        if self.stale {
            self.imagine();
        } else if self.share == 0.0 && self.run.history().len() < EVALUATIONS {
            self.fault = self.run.step(&mut self.structure).err();
        }
    }

    /// Makes the picture of the present share; at a share of zero that of the weights as they are.
    fn imagine(&mut self) {
        self.stale = false;
        let (share, other) = (self.share, Mt19937::new(self.seed ^ OTHER).randn_vec(LATENT));
        let blend = |parameters: &mut [f64]| {
            for (z, other) in parameters.iter_mut().zip(&other) {
                *z += share * (other - *z);
            }
        };
        match self.run.imagine(&mut self.structure, blend) {
            Ok(imagined) => self.imagined = imagined.filter(|_| share > 0.0),
            Err(fault) => self.fault = Some(fault),
        }
    }

    fn density(&self) -> &[f64] {
        self.imagined.as_ref().map_or(self.run.density(), |imagined| &imagined.density)
    }

    fn save_now(&mut self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        self.run.save(&self.structure, &mut writer);
        writer.finish()
    }
}

impl Demo for Inside {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "network" => {
                let network = NETWORKS.iter().find(|(one, ..)| *one == value.as_text());
                self.ablation = network.map(|(_, _, ablation)| *ablation).unwrap_or_default();
                self.begin();
            }
            "latent" => {
                self.share = value.as_number() / 100.0;
                self.stale = true;
            }
            "again" => self.begin(),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, _dt_secs: f64) -> Tick<'_> {
        self.advance();
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        self.picture(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let best = self.run.best().map(|(best, _)| (best, self.run.is_checked()));
        let count = self.run.history().len();
        let words = NETWORKS.iter().find(|(.., ablation)| *ablation == self.ablation).map_or("", |(_, label, _)| label);
        vec![
            draw::compliance("compliance", "Least compliance", best),
            Readout {
                number: Some(count as f64),
                ..Readout::text("evaluations", "Evaluations", format!("{count} of {EVALUATIONS}"))
            },
            match &self.imagined {
                Some(imagined) => {
                    Readout::number("latent-now", "Compliance with another latent", imagined.compliance, 5, "")
                }
                None => Readout::text("latent-now", "Compliance with another latent", "its own latent"),
            },
            Readout::text("network-now", "Network", words),
            Readout::number(
                "parameters",
                "Numbers that are optimised",
                self.run.network().map_or(0.0, |network| network.count() as f64),
                6,
                "",
            ),
        ]
    }

    fn tables(&self) -> Vec<Table> {
        let count: Vec<f64> = (1..=self.run.history().len()).map(|at| at as f64).collect();
        let mut tables = vec![
            Table::new("run").column("evaluation", count).column("compliance", self.run.history()),
            Table::new("shown").column("density", self.density()),
        ];
        let design = Design::best(Method::Cnn.title(), &self.run);
        tables.extend(certificate::tables(self.structure.problem(), &[design]));
        tables
    }

    fn save(&mut self) -> Save<'_> {
        let bytes = self.save_now();
        // Channels are not saved; here and there they are made anew from the weights.
        self.imagine();
        Box::pin(std::future::ready(Ok(bytes)))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let (structure, fresh) = begun(self.seed, self.ablation).map_err(|fault| bad(&fault.to_string()))?;
        let run = fresh.restored(&structure, &mut reader)?;
        reader.finish()?;
        (self.structure, self.run, self.fault) = (structure, run, None);
        self.imagine();
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}
