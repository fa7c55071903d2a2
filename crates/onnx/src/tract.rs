//! Running any ONNX file with tract, and playing it in a figure.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::pb;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid as _;
use tract_onnx::tract_hir::internal::tract_itertools::Itertools as _;

use crate::{Array, Dimension, Error, File, Value};

/// How many plans for fixed shapes are kept, where one plan for all shapes cannot be made.
const KEPT_PLANS: usize = 4;

/// A plan for inputs of these shapes.
type Particular = (Vec<Vec<usize>>, Arc<TypedRunnableModel>);

/// A model of any origin, checked and ready to run.
pub struct Model {
    inputs: Vec<Value>,
    outputs: Vec<Value>,
    graph: InferenceModel,
    /// The plan for any batch; `None` where tract needs the lengths to make one.
    general: Option<Arc<TypedRunnableModel>>,
    /// Plans for the input shapes that were last asked for, newest last.
    particular: RefCell<Vec<Particular>>,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Model")
            .field("inputs", &self.inputs)
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}

impl Model {
    /// Reads a file and prepares it.
    ///
    /// # Errors
    ///
    /// Those of [`File::parse`]; [`Error::Engine`] for operators that tract does not know (they are named) and for
    /// graphs that contradict themselves.
    pub fn load(bytes: &[u8]) -> Result<Self, Error> {
        let file = File::parse(bytes)?;
        let framework = tract_onnx::onnx();
        let proto = framework.proto_model_for_read(&mut &*bytes).map_err(engine)?;
        check_graph(&framework, &proto)?;
        let graph = guarded(|| framework.model_for_proto_model(&proto))?;
        let model = Self {
            inputs: file.inputs().to_vec(),
            outputs: file.outputs().to_vec(),
            general: plan(graph.clone()).ok(),
            graph,
            particular: RefCell::default(),
        };
        if model.general.is_none() {
            // Where no length is free this was the only attempt, and its reason is the one to tell.
            model.plan_for(model.inputs.iter().map(example_shape).collect())?;
        }
        Ok(model)
    }

    /// What has to be fed in, in the order of the file.
    pub fn inputs(&self) -> &[Value] {
        &self.inputs
    }

    /// What comes out, in the order of the file.
    pub fn outputs(&self) -> &[Value] {
        &self.outputs
    }

    /// Runs the model once. Inputs are matched by name; integers and truth values are converted from and to floats.
    ///
    /// # Errors
    ///
    /// [`Error::Contract`] when an input is missing or unknown, [`Error::Shape`] when one has another shape than the
    /// file declares, [`Error::Engine`] when the computation fails.
    pub fn run(&self, arrays: &[Array]) -> Result<Vec<Array>, Error> {
        let fed = self.inputs.iter().map(|input| fed(input, arrays)).collect::<Result<Vec<_>, _>>()?;
        if let Some(unknown) = arrays.iter().find(|array| self.inputs.iter().all(|input| input.name != array.name)) {
            return Err(Error::Contract(format!("it has no input {:?}", unknown.name)));
        }
        let shapes = fed.iter().map(|array| array.shape.clone()).collect();
        let values = fed.into_iter().enumerate().map(|(index, array)| Ok(self.tensor(index, array)?.into_tvalue()));
        let results = self.execute(values.collect::<Result<_, Error>>()?, shapes)?;
        self.outputs.iter().zip(&results).map(|(output, value)| fetched(output, value)).collect()
    }

    /// Some operators can be planned for free lengths, but not run: then a plan for these lengths decides.
    fn execute(&self, values: TVec<TValue>, shapes: Vec<Vec<usize>>) -> Result<TVec<TValue>, Error> {
        if let Some(Ok(results)) = self.general.as_ref().map(|plan| guarded(|| plan.run(values.clone()))) {
            return Ok(results);
        }
        let plan = self.plan_for(shapes)?;
        guarded(|| plan.run(values))
    }

    fn tensor(&self, index: usize, array: &Array) -> Result<Tensor, Error> {
        let tensor = Tensor::from_shape(&array.shape, &array.values).map_err(engine)?;
        let fact = self.graph.input_fact(index).map_err(engine)?;
        let datum_type = fact.datum_type.concretize().unwrap_or_else(f32::datum_type);
        Ok(tensor.cast_to_dt(datum_type).map_err(engine)?.into_owned())
    }

    /// The plan for these shapes of the inputs.
    fn plan_for(&self, shapes: Vec<Vec<usize>>) -> Result<Arc<TypedRunnableModel>, Error> {
        let mut kept = self.particular.borrow_mut();
        if let Some(at) = kept.iter().position(|(known, _)| *known == shapes) {
            let found = kept.remove(at);
            let plan = found.1.clone();
            kept.push(found);
            return Ok(plan);
        }
        let mut graph = self.graph.clone();
        for (index, shape) in shapes.iter().enumerate() {
            let fact = graph.input_fact(index).map_err(engine)?.clone();
            graph.set_input_fact(index, fact.with_shape(shape)).map_err(engine)?;
        }
        let plan = plan(graph)?;
        if kept.len() == KEPT_PLANS {
            kept.remove(0);
        }
        kept.push((shapes, plan.clone()));
        Ok(plan)
    }
}

fn plan(graph: InferenceModel) -> Result<Arc<TypedRunnableModel>, Error> {
    guarded(|| graph.into_optimized().and_then(IntoRunnable::into_runnable))
}

/// Runs a part of tract, which panics over some graphs that contradict themselves (a slice with step 0). In the browser
/// a panic ends the module, and the page starts another.
fn guarded<T>(step: impl FnOnce() -> TractResult<T>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(step))
        .map_err(|_| Error::Engine("the engine stopped over a contradiction in the graph".into()))?
        .map_err(engine)
}

/// Lengths to try a model with: 1 where the caller chooses.
fn example_shape(input: &Value) -> Vec<usize> {
    let length = |dimension: &Dimension| match dimension {
        Dimension::Fixed(length) => *length,
        Dimension::Named(_) | Dimension::Unknown => 1,
    };
    input.shape.iter().map(length).collect()
}

/// What tract would stop the program over, or explain badly: unknown operators, dangling names, lying constants.
fn check_graph(framework: &tract_onnx::Onnx, proto: &pb::ModelProto) -> Result<(), Error> {
    let graph = proto.graph.as_ref().ok_or(Error::Truncated)?;
    let operators = graph.node.iter().map(|node| node.op_type.as_str());
    let unknown = operators.filter(|name| !framework.op_register.0.contains_key(*name)).sorted().dedup().join(", ");
    if !unknown.is_empty() {
        return Err(Error::Engine(format!("the engine does not know the operator {unknown}")));
    }
    let inputs = graph.input.iter().map(|input| &input.name);
    let constants = graph.initializer.iter().map(|tensor| &tensor.name);
    let computed = graph.node.iter().flat_map(|node| &node.output);
    let known: std::collections::BTreeSet<&String> = inputs.chain(constants).chain(computed).collect();
    match graph.output.iter().find(|output| !known.contains(&output.name)) {
        Some(output) => Err(Error::Engine(format!("nothing computes the output {:?}", output.name))),
        None => Ok(()),
    }
}

fn fed<'a>(input: &Value, arrays: &'a [Array]) -> Result<&'a Array, Error> {
    let array = (arrays.iter().find(|array| array.name == input.name))
        .ok_or_else(|| Error::Contract(format!("its input {:?} is missing", input.name)))?;
    if !array.is_consistent() {
        let found = vec![array.values.len()];
        return Err(Error::Shape { name: input.name.clone(), expected: array.shape.clone(), found });
    }
    let fits = |(declared, length): (&Dimension, &usize)| *declared == Dimension::Fixed(*length) || is_free(declared);
    // A file that declares no shape at all declares rank 0 here, which no caller can mean.
    let free_rank = input.shape.is_empty();
    let same_rank = input.shape.len() == array.shape.len();
    if free_rank || same_rank && input.shape.iter().zip(&array.shape).all(fits) {
        return Ok(array);
    }
    let lengths = input.shape.iter().zip(array.shape.iter().chain(std::iter::repeat(&1)));
    let expected = lengths.map(|(declared, length)| if let Dimension::Fixed(n) = declared { *n } else { *length });
    Err(Error::Shape { name: input.name.clone(), expected: expected.collect(), found: array.shape.clone() })
}

fn is_free(dimension: &Dimension) -> bool {
    !matches!(dimension, Dimension::Fixed(_))
}

fn fetched(output: &Value, value: &TValue) -> Result<Array, Error> {
    let floats = value.cast_to::<f32>().map_err(engine)?;
    let values =
        floats.try_as_plain_ram().and_then(|plain| plain.as_slice::<f32>().map(<[f32]>::to_vec)).map_err(engine)?;
    Ok(Array { name: output.name.clone(), shape: value.shape().to_vec(), values })
}

/// tract's chain of reasons, the last being the most particular, in one line.
#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn engine(error: TractError) -> Error {
    let reasons = error.chain().map(ToString::to_string).collect::<Vec<_>>();
    let text = reasons.join(": ").replace('\n', " ");
    let short: String = text.chars().take(400).collect();
    Error::Engine(short)
}

/// A model that answers rows of numbers one by one, as figures play it: a field `x [N, d] -> dx/dt [N, d]`, or a classifier
/// `x [N, 1, d] -> logits [N, k]`.
#[derive(Debug)]
pub struct Field {
    model: Model,
    name: String,
    /// The shape of a row: `[d]` or `[1, d]`.
    row: Vec<usize>,
    rows: Rows,
}

/// How many rows the model takes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    Any,
    /// The file fixes the batch; more rows are run one after the other.
    OneByOne,
}

impl Field {
    /// Loads a file and checks that it can be played: one float input `[N, d]` or `[N, 1, d]` with `d` fixed, and a first
    /// output `[N, k]`; further outputs (an energy) are passed over. What k must be is the figure's to say. A file whose
    /// batch is fixed at 1 is run row by row.
    ///
    /// # Errors
    ///
    /// Those of [`Model::load`]; [`Error::Contract`] when the file has another form.
    pub fn load(bytes: &[u8], name: &str) -> Result<Self, Error> {
        let model = Model::load(bytes)?;
        let (row, rows) = contract(&model)?;
        let field = Self { model, name: name.into(), row, rows };
        // Two rows tell whether the batch is really free.
        field.outputs(&vec![0.0; 2 * field.columns()], 2)?;
        Ok(field)
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `d`, the length of a row.
    pub fn columns(&self) -> usize {
        self.row.iter().product()
    }

    /// The model's rows for `rows` rows, both row-major.
    ///
    /// # Errors
    ///
    /// [`Error::Contract`] when `states` has another length than `rows` times [`Self::columns`], or the model gives
    /// another number of rows; [`Error::NotFinite`] when it gives NaN or an infinity; [`Error::Engine`] when it fails.
    pub fn outputs(&self, states: &[f32], rows: usize) -> Result<Vec<f32>, Error> {
        if states.len() != rows * self.columns() {
            let (length, columns) = (states.len(), self.columns());
            return Err(Error::Contract(format!("{length} numbers are not {rows} states of {columns}")));
        }
        match self.rows {
            Rows::Any if rows > 0 => self.batch(states, rows),
            _ => states.chunks(self.columns()).map(|state| self.batch(state, 1)).flatten_ok().collect(),
        }
    }

    fn batch(&self, states: &[f32], rows: usize) -> Result<Vec<f32>, Error> {
        let shape = std::iter::once(rows).chain(self.row.iter().copied()).collect();
        let input = Array { name: self.model.inputs[0].name.clone(), shape, values: states.to_vec() };
        let output = self.model.run(&[input])?.into_iter().next().ok_or_else(no_output)?;
        if output.shape.len() != 2 || output.shape[0] != rows || output.shape[1] == 0 {
            let Array { name, shape, .. } = output;
            return Err(Error::Contract(format!("its output {name} is {shape:?}, but [{rows}, k] is needed")));
        }
        match output.values.iter().position(|value| !value.is_finite()) {
            Some(index) => {
                let value = output.values[index].to_string();
                Err(Error::NotFinite { name: output.name, index, value })
            }
            None => Ok(output.values),
        }
    }
}

fn no_output() -> Error {
    Error::Contract("it has no output".into())
}

fn contract(model: &Model) -> Result<(Vec<usize>, Rows), Error> {
    let refuse = |reason: String| Err(Error::Contract(reason));
    let [input] = model.inputs() else {
        let names = model.inputs().iter().map(|input| &input.name).join(", ");
        return refuse(format!("it must have one input of shape [N, d]; it has {}: {names}", model.inputs().len()));
    };
    model.outputs().first().ok_or_else(no_output)?;
    if input.element != "FLOAT" {
        return refuse(format!("its input {} must be FLOAT, it is {}", input.name, input.element));
    }
    let (batch, columns) = match &input.shape[..] {
        [batch, columns] | [batch, Dimension::Fixed(1), columns] => (batch, columns),
        other => {
            let (name, axes) = (&input.name, other.len());
            return refuse(format!(
                "its input {name} must have the form [N, d] or [N, 1, d], it has {axes} dimensions"
            ));
        }
    };
    let Dimension::Fixed(columns @ 1..) = *columns else {
        return refuse(format!("its input {} must say how many numbers a state has", input.name));
    };
    let row = if input.shape.len() == 3 { vec![1, columns] } else { vec![columns] };
    match batch {
        Dimension::Named(_) | Dimension::Unknown => Ok((row, Rows::Any)),
        Dimension::Fixed(1) => Ok((row, Rows::OneByOne)),
        Dimension::Fixed(rows) => refuse(format!("its batch is fixed at {rows}; export it with a free first axis")),
    }
}

impl demo::ForeignModel for Field {
    fn name(&self) -> &str {
        &self.name
    }

    fn columns(&self) -> Option<usize> {
        Some(self.columns())
    }

    fn run(&self, input: &[f32], rows: usize, columns: usize) -> Result<Vec<f32>, demo::Error> {
        let bad = |reason: String| demo::Error::BadModel { name: self.name.clone(), reason };
        if columns != self.columns() {
            return Err(bad(format!("its states have {} numbers, this figure's have {columns}", self.columns())));
        }
        self.outputs(input, rows).map_err(|error| bad(error.to_string()))
    }
}
