//! A visitor's own field in the phase plane, `x [N, 2] -> dx/dt [N, 2]`, whatever engine runs it.

use std::rc::Rc;

use demo::{Error, ForeignModel, Point};

/// What a dropped file must honour.
pub(super) const CONTRACT: &str = "x [N, 2] = (q, p) -> dx/dt [N, 2]";

/// A model that kept the contract when it was tried.
#[derive(Clone)]
pub(super) struct Visitor(Rc<dyn ForeignModel>);

impl Visitor {
    /// Tries the model on three states.
    ///
    /// # Errors
    /// [`Error::BadModel`] when it does not keep the contract.
    pub(super) fn new(model: Rc<dyn ForeignModel>) -> Result<Self, Error> {
        if model.columns().is_some_and(|columns| columns != 2) {
            return Err(refused(&model, &format!("it takes {} columns", model.columns().unwrap_or_default())));
        }
        let visitor = Self(model);
        let field = visitor.fields(&[[0.0, 0.0], [0.5, -0.5], [1.0, 0.2]])?;
        if field.iter().flatten().any(|value| !value.is_finite()) {
            return Err(refused(&visitor.0, "it gives something that is not a number"));
        }
        Ok(visitor)
    }

    /// The file's name, shortened for a heading.
    pub(super) fn name(&self) -> String {
        let name = self.0.name();
        if name.chars().count() > 22 { name.chars().take(21).chain(['…']).collect() } else { name.into() }
    }

    /// dx/dt at each state.
    pub(super) fn fields(&self, states: &[Point]) -> Result<Vec<Point>, Error> {
        let input: Vec<f32> = states.as_flattened().iter().map(|value| *value as f32).collect();
        let output = self.0.run(&input, states.len(), 2)?;
        if output.len() != input.len() {
            return Err(refused(&self.0, &format!("{} rows gave {} numbers", states.len(), output.len())));
        }
        Ok(output.as_chunks::<2>().0.iter().map(|pair| pair.map(f64::from)).collect())
    }

    /// dx/dt at one state.
    pub(super) fn field(&self, state: Point) -> Result<Point, Error> {
        self.fields(&[state]).map(|field| field[0])
    }
}

fn refused(model: &Rc<dyn ForeignModel>, reason: &str) -> Error {
    Error::BadModel { name: model.name().into(), reason: format!("{reason}; {CONTRACT} is needed.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives `columns` numbers a row, the first one `value`.
    struct Constant {
        columns: usize,
        value: f32,
    }

    impl ForeignModel for Constant {
        fn name(&self) -> &'static str {
            "a-name-that-is-far-too-long-for-a-heading.onnx"
        }
        fn columns(&self) -> Option<usize> {
            None
        }
        fn run(&self, _input: &[f32], rows: usize, _columns: usize) -> Result<Vec<f32>, Error> {
            Ok(vec![self.value; rows * self.columns])
        }
    }

    #[test]
    fn a_model_that_breaks_the_contract_is_refused() {
        let good = Visitor::new(Rc::new(Constant { columns: 2, value: 0.5 })).map_err(|error| error.to_string());
        let good = good.unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!((good.field([0.0, 0.0]).unwrap(), good.name().chars().count()), ([0.5, 0.5], 22));
        for (columns, value) in [(1, 0.5), (3, 0.5), (2, f32::NAN)] {
            let refusal = Visitor::new(Rc::new(Constant { columns, value })).err().map(|error| error.to_string());
            assert!(refusal.is_some_and(|message| message.contains("x [N, 2]")), "{columns} {value}");
        }
    }
}
