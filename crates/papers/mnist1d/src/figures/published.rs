//! The published data set, made once for all figures of the page.

use std::sync::OnceLock;

use demo::Error;

use crate::data::labels::NOTEBOOK_ORDER;
use crate::data::{Settings, generate};
use crate::learner::Rows;

/// Training and test rows as published, or with the positions in the order of the authors' notebooks.
pub(super) fn rows(shuffled: bool) -> Result<&'static [Rows; 2], Error> {
    static ORDERED: OnceLock<Option<[Rows; 2]>> = OnceLock::new();
    static SHUFFLED: OnceLock<Option<[Rows; 2]>> = OnceLock::new();
    let make = |shuffled: bool| {
        let data = generate(&Settings::default()).ok()?;
        Some(Rows::of(&if shuffled { data.with_positions(&NOTEBOOK_ORDER) } else { data }))
    };
    let place = if shuffled { &SHUFFLED } else { &ORDERED };
    let rows = place.get_or_init(|| make(shuffled)).as_ref();
    rows.ok_or_else(|| Error::Numerical("The published data set could not be made.".into()))
}
