//! The paper's command line: networks to train, studies, data sets, numbers, hot paths.

mod classifier;
mod data;

use ::train::{Bench, DataRequest, Paper, Row, Study, Task, VerifyRequest};
use anyhow::Result;

pub use classifier::{Classifier, Positions};

use crate::learner::PAPER_SEED;
use crate::model::Kind;
use crate::{bench, study, verify};

/// This paper, for [`train::cli::run`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Mnist1d;

impl Paper for Mnist1d {
    fn slug(&self) -> &'static str {
        "mnist1d"
    }

    fn citation(&self) -> &'static str {
        "S. Greydanus, D. Kobak, \"Scaling Down Deep Learning with MNIST-1D\", ICML 2024, arXiv 2011.14439"
    }

    fn tasks(&self) -> Vec<Box<dyn Task>> {
        let networks =
            Positions::ALL.into_iter().flat_map(|positions| Kind::ALL.map(|kind| Classifier::new(kind, positions)));
        networks.map(|network| Box::new(network) as Box<dyn Task>).collect()
    }

    fn studies(&self) -> Vec<Box<dyn Study>> {
        study::all()
    }

    fn default_seed(&self) -> u32 {
        PAPER_SEED
    }

    fn data(&self, request: &DataRequest) -> Result<Vec<u8>> {
        data::npz(request)
    }

    fn verify(&self, request: &VerifyRequest) -> Result<Vec<Row>> {
        verify::verify(request)
    }

    fn benches(&self) -> Vec<Bench> {
        bench::native()
    }

    fn figures(&self) -> &'static [demo::Entry] {
        crate::DEMOS
    }
}
