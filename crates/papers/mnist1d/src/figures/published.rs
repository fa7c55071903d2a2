//! The published data set, generated once for all figures that a worker shows.

use std::cell::OnceCell;
use std::rc::Rc;

use demo::Error;

use crate::data::{Dataset, Settings, generate};
use crate::learner::Rows;

thread_local! {
    static DATA: OnceCell<Rc<Dataset>> = const { OnceCell::new() };
    static ROWS: OnceCell<Rc<[Rows; 2]>> = const { OnceCell::new() };
}

/// The data set.
pub(super) fn data() -> Result<Rc<Dataset>, Error> {
    DATA.with(|known| {
        if let Some(data) = known.get() {
            return Ok(Rc::clone(data));
        }
        let data = generate(&Settings::default()).map_err(|error| Error::Unsupported(error.to_string()))?;
        Ok(Rc::clone(known.get_or_init(|| Rc::new(data))))
    })
}

/// Its training and test rows, as networks see them.
pub(super) fn rows() -> Result<Rc<[Rows; 2]>, Error> {
    let data = data()?;
    Ok(ROWS.with(|known| Rc::clone(known.get_or_init(|| Rc::new(Rows::of(&data))))))
}
