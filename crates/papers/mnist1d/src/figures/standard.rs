//! The published data set as figures use it, made once: a tenth of a second in a tab.

use std::cell::RefCell;
use std::rc::Rc;

use demo::Error;

use crate::data::labels::NOTEBOOK_ORDER;
use crate::data::{Settings, generate};
use crate::learner::Rows;

/// Training and test rows.
pub(super) type Split = [Rows; 2];

thread_local! {
    static READY: RefCell<Option<Rc<[Split; 2]>>> = const { RefCell::new(None) };
}

/// The default data set in order, and with its positions shuffled as in the notebooks.
///
/// # Errors
/// Never for the default settings.
pub(super) fn both_orders() -> Result<Rc<[Split; 2]>, Error> {
    if let Some(ready) = READY.with_borrow(Clone::clone) {
        return Ok(ready);
    }
    let data = generate(&Settings::default()).map_err(|error| Error::Numerical(error.to_string()))?;
    let ready = Rc::new([Rows::of(&data), Rows::of(&data.with_positions(&NOTEBOOK_ORDER))]);
    READY.set(Some(Rc::clone(&ready)));
    Ok(ready)
}
