//! The published data set, made once for all figures that a worker shows: a tenth of a second in a tab.

use std::cell::OnceCell;
use std::rc::Rc;

use demo::Error;

use crate::data::labels::NOTEBOOK_ORDER;
use crate::data::{Dataset, Settings, generate};
use crate::learner::Rows;

/// Training and test rows.
pub(super) type Split = [Rows; 2];

thread_local! {
    static DATA: OnceCell<Rc<Dataset>> = const { OnceCell::new() };
    static ORDERED: OnceCell<Rc<Split>> = const { OnceCell::new() };
    static SHUFFLED: OnceCell<Rc<Split>> = const { OnceCell::new() };
}

/// The data set.
pub(super) fn data() -> Result<Rc<Dataset>, Error> {
    DATA.with(|known| {
        if let Some(data) = known.get() {
            return Ok(Rc::clone(data));
        }
        let data = generate(&Settings::default()).map_err(|error| Error::Numerical(error.to_string()))?;
        Ok(Rc::clone(known.get_or_init(|| Rc::new(data))))
    })
}

/// Its training and test rows, as networks see them; or with the positions in the order of the authors' notebooks.
pub(super) fn rows(shuffled: bool) -> Result<Rc<Split>, Error> {
    let data = data()?;
    let split = || Rc::new(Rows::of(&if shuffled { data.with_positions(&NOTEBOOK_ORDER) } else { (*data).clone() }));
    let known = if shuffled { &SHUFFLED } else { &ORDERED };
    Ok(known.with(|known| Rc::clone(known.get_or_init(split))))
}
