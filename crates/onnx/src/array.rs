//! Named numbers with a shape: what goes into a model and comes out of it.

/// A named array of 32-bit floating point numbers in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The name of the input or output.
    pub name: String,
    /// The dimensions, outermost first.
    pub shape: Vec<usize>,
    /// The elements; as many as the product of the dimensions.
    pub values: Vec<f32>,
}

impl Array {
    /// Whether the number of elements is what the shape says.
    pub fn is_consistent(&self) -> bool {
        let count = self.shape.iter().try_fold(1_usize, |count, &length| count.checked_mul(length));
        count == Some(self.values.len())
    }
}
