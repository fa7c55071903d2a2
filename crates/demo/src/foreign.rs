//! A visitor's model, whatever runs it.

use crate::Error;

/// A model from elsewhere with one input `[rows, columns]` and one output of `rows` rows.
pub trait ForeignModel {
    /// The file's name, for legends and messages.
    fn name(&self) -> &str;

    /// The number of input columns that it accepts, where the file says so.
    fn columns(&self) -> Option<usize>;

    /// Runs `rows` rows of `columns` numbers (row-major); gives as many rows back.
    ///
    /// # Errors
    /// [`Error::BadModel`] when the file refuses this shape or gives something that is not a number.
    fn run(&self, input: &[f32], rows: usize, columns: usize) -> Result<Vec<f32>, Error>;
}
