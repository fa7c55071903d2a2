//! candle on the workloads of the bench: the same networks, its own gradients, its own Adam.

use candle_core::{D, Device, Result, Tensor, Var};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// A workload at its first weights.
#[wasm_bindgen]
pub struct Job {
    task: String,
    rate: f64,
    start: Vec<Tensor>,
    batch: Option<[Tensor; 2]>,
}

#[wasm_bindgen]
impl Job {
    #[wasm_bindgen(constructor)]
    pub fn new(task: String, rate: f64) -> Self {
        Self { task, rate, start: Vec::new(), batch: None }
    }

    /// One more of the weights.
    pub fn weight(&mut self, values: Vec<f32>, shape: Vec<u32>) -> std::result::Result<(), JsError> {
        self.start.push(tensor(values, &shape)?);
        Ok(())
    }

    /// What goes in and what is to come out.
    pub fn batch(&mut self, x: Vec<f32>, x_shape: Vec<u32>, y: Vec<f32>, y_shape: Vec<u32>) -> std::result::Result<(), JsError> {
        self.batch = Some([tensor(x, &x_shape)?, tensor(y, &y_shape)?]);
        Ok(())
    }

    /// Of a network that is only run.
    pub fn outputs(&self) -> std::result::Result<Vec<f32>, JsError> {
        let [x, _] = self.ready()?;
        Ok(perceptron(&self.start, x)?.flatten_all()?.to_vec1()?)
    }

    /// So many steps from the first weights on; the loss before each.
    pub fn run(&self, steps: usize) -> std::result::Result<Vec<f32>, JsError> {
        let [x, y] = self.ready()?;
        if self.task == "forward" {
            for _ in 0..steps {
                std::hint::black_box(self.outputs()?);
            }
            return Ok(Vec::new());
        }
        Ok(self.train(x, y, steps)?)
    }

    fn ready(&self) -> std::result::Result<&[Tensor; 2], JsError> {
        self.batch.as_ref().ok_or_else(|| JsError::new("no batch"))
    }

    fn train(&self, x: &Tensor, y: &Tensor, steps: usize) -> Result<Vec<f32>> {
        let variables = self.start.iter().map(Var::from_tensor).collect::<Result<Vec<_>>>()?;
        let weights: Vec<Tensor> = variables.iter().map(|variable| variable.as_tensor().clone()).collect();
        let settings = ParamsAdamW { lr: self.rate, weight_decay: 0.0, ..ParamsAdamW::default() };
        let mut adam = AdamW::new(variables, settings)?;
        let mut losses = Vec::with_capacity(steps);
        for _ in 0..steps {
            let loss = match self.task.as_str() {
                "regression" => (perceptron(&weights, x)? - y)?.sqr()?.mean_all()?,
                "hamiltonian" => (gradient(&weights, x)? - y)?.sqr()?.mean_all()?,
                _ => candle_nn::ops::log_softmax(&digits(&weights, x)?, D::Minus1)?.mul(y)?.sum(D::Minus1)?.mean_all()?.neg()?,
            };
            adam.backward_step(&loss)?;
            losses.push(loss.to_scalar()?);
        }
        Ok(losses)
    }
}

fn tensor(values: Vec<f32>, shape: &[u32]) -> Result<Tensor> {
    let shape: Vec<usize> = shape.iter().map(|&length| length as usize).collect();
    Tensor::from_vec(values, shape, &Device::Cpu)
}

fn layer(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    x.matmul(weight)?.broadcast_add(bias)?.tanh()
}

fn perceptron(weights: &[Tensor], x: &Tensor) -> Result<Tensor> {
    let [w1, b1, w2, b2, w3] = weights else { candle_core::bail!("five weights are needed") };
    layer(&layer(x, w1, b1)?, w2, b2)?.matmul(w3)
}

/// dH/dx; the targets are turned instead of it.
fn gradient(weights: &[Tensor], x: &Tensor) -> Result<Tensor> {
    let [w1, b1, w2, b2, w3] = weights else { candle_core::bail!("five weights are needed") };
    let h1 = layer(x, w1, b1)?;
    let h2 = layer(&h1, w2, b2)?;
    let e2 = slope(&h2)?.broadcast_mul(&w3.t()?)?;
    let e1 = (slope(&h1)? * e2.matmul(&w2.t()?)?)?;
    e1.matmul(&w1.t()?)
}

fn slope(h: &Tensor) -> Result<Tensor> {
    h.sqr()?.affine(-1.0, 1.0)
}

fn digits(weights: &[Tensor], x: &Tensor) -> Result<Tensor> {
    let [w1, b1, w2, b2, w3, b3, w4, b4] = weights else { candle_core::bail!("eight weights are needed") };
    let mut signal = x.clone();
    for (weight, bias) in [(w1, b1), (w2, b2), (w3, b3)] {
        let bias = bias.reshape((1, (), 1))?;
        signal = signal.conv1d(weight, 1, 2, 1, 1)?.broadcast_add(&bias)?.relu()?;
    }
    signal.flatten_from(1)?.matmul(&w4.t()?)?.broadcast_add(b4)
}
