//! Every lowered operation, run by tract and compared with burn.
#![cfg(test)]

mod common;

use burn::nn::attention::{MhaInput, MultiHeadAttentionConfig, generate_autoregressive_mask};
use burn::nn::conv::{Conv1dConfig, Conv2dConfig, ConvTranspose1dConfig, ConvTranspose2dConfig};
use burn::nn::interpolate::{Interpolate2dConfig, InterpolateMode};
use burn::nn::pool::{
    AdaptiveAvgPool1dConfig, AdaptiveAvgPool2dConfig, AvgPool1dConfig, AvgPool2dConfig, MaxPool1dConfig,
    MaxPool2dConfig,
};
use burn::nn::{
    BatchNormConfig, EmbeddingConfig, GruConfig, LayerNormConfig, LinearConfig, LstmConfig, PReluConfig,
    PaddingConfig1d, PaddingConfig2d,
};
use burn::tensor::activation;
use burn::tensor::ops::PadMode;
use burn::tensor::{DType, Device, IndexingUpdateOp, Int, Tensor, s};
use common::{check, check_in, check_module, check_pair};

/// One test for each line: a name and a call of a check.
macro_rules! table {
    ($($name:ident: $check:expr;)*) => { $(#[test] fn $name() { $check; })* };
}

const ANY: (f32, f32) = (-2.0, 2.0);
const POSITIVE: (f32, f32) = (0.1, 3.0);
const UNIT: (f32, f32) = (-0.95, 0.95);

fn cpu() -> Device {
    Device::flex()
}

fn constant<const D: usize>(x: &Tensor<D>, values: [[f32; 3]; 2]) -> Tensor<2> {
    Tensor::from_data(values, &x.device())
}

table! {
    add: check_pair::<2, 2>(&[3], ANY, |a, b| a + b);
    sub: check_pair::<2, 2>(&[3], ANY, |a, b| a - b);
    mul: check_pair::<2, 2>(&[3], ANY, |a, b| a * b);
    div: check_pair::<2, 2>(&[3], POSITIVE, |a, b| a / b);
    powf: check_pair::<2, 2>(&[3], POSITIVE, Tensor::powf);
    hypot: check_pair::<2, 2>(&[3], ANY, Tensor::hypot);
    remainder: check_pair::<2, 2>(&[3], POSITIVE, Tensor::remainder);
    broadcast_over_the_batch: check::<2, 2>(&[3], |x| x.clone() * x.slice(s![0..1, ..]));
    add_scalar: check::<2, 2>(&[3], |x| x + 1.5);
    sub_scalar: check::<2, 2>(&[3], |x| x - 1.5);
    scalar_minus: check::<2, 2>(&[3], |x| -x + 1.0);
    mul_scalar: check::<2, 2>(&[3], |x| x * 1.5);
    div_scalar: check::<2, 2>(&[3], |x| x / 1.5);
    remainder_scalar: check::<2, 2>(&[3], |x| x.remainder_scalar(0.7));
    neg: check::<2, 2>(&[3], |x| -x);
    abs: check::<2, 2>(&[3], Tensor::abs);
    sign: check::<2, 2>(&[3], Tensor::sign);
    square: check::<2, 2>(&[3], |x| x.clone() * x);
    powi: check_pair::<2, 2>(&[3], POSITIVE, |a, b| a.powi(b.round()));
    powi_scalar: check::<2, 2>(&[3], |x| x.powi_scalar(3));
    powf_scalar: check_in::<2, 2>(&[3], POSITIVE, |x| x.powf_scalar(1.7));
    recip: check_in::<2, 2>(&[3], POSITIVE, Tensor::recip);
    sqrt: check_in::<2, 2>(&[3], POSITIVE, Tensor::sqrt);
    exp: check::<2, 2>(&[3], Tensor::exp);
    log: check_in::<2, 2>(&[3], POSITIVE, Tensor::log);
    log1p: check_in::<2, 2>(&[3], POSITIVE, Tensor::log1p);
    erf: check::<2, 2>(&[3], Tensor::erf);
    sin: check::<2, 2>(&[3], Tensor::sin);
    cos: check::<2, 2>(&[3], Tensor::cos);
    tan: check_in::<2, 2>(&[3], (-1.3, 1.3), Tensor::tan);
    sinh: check::<2, 2>(&[3], Tensor::sinh);
    cosh: check::<2, 2>(&[3], Tensor::cosh);
    tanh: check::<2, 2>(&[3], Tensor::tanh);
    asin: check_in::<2, 2>(&[3], UNIT, Tensor::asin);
    acos: check_in::<2, 2>(&[3], UNIT, Tensor::acos);
    atan: check::<2, 2>(&[3], Tensor::atan);
    asinh: check::<2, 2>(&[3], Tensor::asinh);
    acosh: check_in::<2, 2>(&[3], (1.1, 3.0), Tensor::acosh);
    atanh: check_in::<2, 2>(&[3], UNIT, Tensor::atanh);
    round: check::<2, 2>(&[3], Tensor::round);
    floor: check::<2, 2>(&[3], Tensor::floor);
    ceil: check::<2, 2>(&[3], Tensor::ceil);
    clamp: check::<2, 2>(&[3], |x| x.clamp(-0.5, 1.0));
    clamp_min: check::<2, 2>(&[3], |x| x.clamp_min(-0.5));
    clamp_max: check::<2, 2>(&[3], |x| x.clamp_max(0.5));

    greater: check_pair::<2, 2>(&[3], ANY, |a, b| a.greater(b).float());
    greater_equal: check_pair::<2, 2>(&[3], ANY, |a, b| a.greater_equal(b).float());
    lower: check_pair::<2, 2>(&[3], ANY, |a, b| a.lower(b).float());
    lower_equal: check_pair::<2, 2>(&[3], ANY, |a, b| a.lower_equal(b).float());
    equal: check_pair::<2, 2>(&[3], ANY, |a, b| a.round().equal(b.round()).float());
    not_equal: check_pair::<2, 2>(&[3], ANY, |a, b| a.round().not_equal(b.round()).float());
    greater_scalar: check::<2, 2>(&[3], |x| x.greater_elem(0.3).float());
    greater_equal_scalar: check::<2, 2>(&[3], |x| x.round().greater_equal_elem(1.0).float());
    lower_scalar: check::<2, 2>(&[3], |x| x.lower_elem(0.3).float());
    lower_equal_scalar: check::<2, 2>(&[3], |x| x.round().lower_equal_elem(1.0).float());
    equal_scalar: check::<2, 2>(&[3], |x| x.round().equal_elem(1.0).float());
    not_equal_scalar: check::<2, 2>(&[3], |x| x.round().not_equal_elem(1.0).float());
    bool_not: check::<2, 2>(&[3], |x| x.greater_elem(0.3).bool_not().float());
    bool_and: check_pair::<2, 2>(&[3], ANY, |a, b| a.greater_elem(0.0).bool_and(b.greater_elem(0.0)).float());
    bool_or: check_pair::<2, 2>(&[3], ANY, |a, b| a.greater_elem(0.0).bool_or(b.greater_elem(0.0)).float());
    bool_xor: check_pair::<2, 2>(&[3], ANY, |a, b| a.greater_elem(0.0).bool_xor(b.greater_elem(0.0)).float());
    is_nan: check::<2, 2>(&[3], |x| x.sqrt().is_nan().float());
    into_int: check::<2, 2>(&[3], |x| x.int().float());
    mask_where: check_pair::<2, 2>(&[3], ANY, |a, b| a.clone().mask_where(a.lower_elem(0.0), b));
    mask_fill: check::<2, 2>(&[3], |x| x.clone().mask_fill(x.lower_elem(0.0), -7.0));

    is_inf: check::<2, 2>(&[3], |x| x.clamp_min(0.0).log().is_inf().float());
    bool_into_int: check::<2, 2>(&[3], |x| (x.greater_elem(0.3).int() + 2).float());
    cast: check::<2, 2>(&[3], |x| (x.cast(DType::F64) * 1.5).cast(DType::F32));
    int_arithmetic: check_pair::<2, 2>(&[3], (-9.0, 9.0), |a, b| ((a.int() - 2) * b.int() + 1).float());
    int_comparison: check_pair::<2, 2>(&[3], (-9.0, 9.0), |a, b| a.int().greater(b.int()).float());
    int_remainder: check_in::<2, 2>(&[3], (-9.0, 9.0), |x| x.int().remainder_scalar(4).float());

    sum: check::<2, 1>(&[3], Tensor::sum);
    mean: check::<2, 1>(&[3], Tensor::mean);
    prod: check_in::<2, 1>(&[3], (0.99, 1.01), Tensor::prod);
    max: check::<2, 1>(&[3], Tensor::max);
    min: check::<2, 1>(&[3], Tensor::min);
    sum_dim: check::<3, 3>(&[3, 4], |x| x.sum_dim(1));
    sum_dims: check::<3, 3>(&[3, 4], |x| x.sum_dims(&[1, 2]));
    sum_over_the_batch: check::<2, 2>(&[3], |x| x.sum_dim(0));
    mean_dim: check::<3, 3>(&[3, 4], |x| x.mean_dim(2));
    mean_over_the_batch: check::<2, 2>(&[3], |x| x.mean_dim(0));
    prod_dim: check::<2, 2>(&[3], |x| x.prod_dim(1));
    max_dim: check::<3, 3>(&[3, 4], |x| x.max_dim(1));
    min_dim: check::<3, 3>(&[3, 4], |x| x.min_dim(2));
    max_dim_with_indices: check::<2, 2>(&[5], |x| {
        let (value, index) = x.max_dim_with_indices(1);
        value + index.float()
    });
    min_dim_with_indices: check::<2, 2>(&[5], |x| {
        let (value, index) = x.min_dim_with_indices(1);
        value + index.float()
    });
    argmax: check::<2, 2>(&[5], |x| x.argmax(1).float());
    argmin: check::<2, 2>(&[5], |x| x.argmin(1).float());
    cumsum: check::<2, 2>(&[5], |x| x.cumsum(1));

    matmul: check_pair::<3, 3>(&[3, 3], ANY, Tensor::matmul);
    matmul_constant: check::<2, 2>(&[2], |x| {
        let w = constant(&x, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        x.matmul(w)
    });
    matmul_over_the_batch: check_pair::<2, 2>(&[3], ANY, |a, b| a.transpose().matmul(b));
    swap_dims: check::<3, 3>(&[3, 4], |x| x.swap_dims(1, 2));
    transpose_the_batch: check::<2, 2>(&[3], Tensor::transpose);
    permute: check::<4, 4>(&[2, 3, 4], |x| x.permute([0, 3, 1, 2]));
    flip: check::<3, 3>(&[3, 4], |x| x.flip([1, 2]));
    reshape: check::<2, 3>(&[6], |x| { let [batch, _] = x.dims(); x.reshape([batch, 2, 3]) });
    reshape_merging_the_batch: check::<3, 2>(&[3, 4], |x| { let [batch, a, b] = x.dims(); x.reshape([batch * a, b]) });
    reshape_with_two_free_lengths: check::<2, 3>(&[3], |x| {
        let [batch, _] = x.dims();
        let square = x.clone().matmul(x.transpose());
        square.reshape([batch, 1, batch])
    });
    flatten: check::<4, 2>(&[2, 3, 4], |x| x.flatten(1, 3));
    unsqueeze: check::<2, 3>(&[3], |x| x.unsqueeze_dim(1));
    squeeze: check::<3, 2>(&[1, 3], |x| x.squeeze_dim(1));
    expand: check::<3, 3>(&[1, 4], |x| { let [batch, _, d] = x.dims(); x.expand([batch, 5, d]) });
    expand_to_the_batch: check::<2, 2>(&[3], |x| {
        let [batch, _] = x.dims();
        constant(&x, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).slice(s![0..1, ..]).expand([batch, 3]) + x
    });
    repeat_dim: check::<2, 2>(&[3], |x| x.repeat_dim(1, 4));
    repeat_the_batch: check::<2, 2>(&[3], |x| x.repeat_dim(0, 2));
    repeat_as_often_as_the_batch: check::<2, 2>(&[3], |x| {
        let [batch, _] = x.dims();
        constant(&x, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).slice(s![1..2, ..]).repeat_dim(0, batch) + x
    });
    cat: check_pair::<2, 2>(&[3], ANY, |a, b| Tensor::cat(vec![a, b], 1));
    cat_of_batches: check_pair::<2, 2>(&[3], ANY, |a, b| Tensor::cat(vec![a, b], 0));
    stack: check_pair::<2, 3>(&[3], ANY, |a, b| Tensor::stack(vec![a, b], 1));
    slice: check::<2, 2>(&[4], |x| x.slice(s![.., 1..3]));
    slice_from_the_end: check::<2, 2>(&[4], |x| x.slice(s![.., -2..]));
    slice_with_a_step: check::<2, 2>(&[7], |x| x.slice(s![.., 1..6;2]));
    slice_backwards: check::<2, 2>(&[7], |x| x.slice(s![.., 1..6;-2]));
    slice_the_batch_backwards: check::<2, 2>(&[3], |x| x.slice(s![..;-1, ..]));
    slice_the_last_of_the_batch: check::<2, 2>(&[3], |x| { let [batch, _] = x.dims(); x.slice([batch - 1..batch, 0..2]) });
    slice_everything: check::<2, 2>(&[3], |x| { let [batch, d] = x.dims(); x.slice([0..batch, 0..d]) * 2.0 });
    narrow: check::<2, 2>(&[4], |x| x.narrow(1, 1, 2));
    chunk: check::<2, 2>(&[4], |x| { let halves = x.chunk(2, 1); halves[1].clone() - halves[0].clone() });
    slice_assign: check::<3, 3>(&[4, 5], |x| {
        let value = x.clone().slice(s![.., 0..2, 0..3]) * 10.0;
        x.slice_assign(s![.., 1..3, 2..5], value)
    });
    slice_assign_everything: check::<2, 2>(&[4], |x| { let [batch, d] = x.dims(); x.clone().slice_assign([0..batch, 0..d], x * 3.0) });
    empty_of_the_batch: check::<2, 2>(&[3], |x| {
        let [batch, d] = x.dims();
        Tensor::empty([batch, d], &x.device()).slice_assign([0..batch, 0..d], x)
    });
    slice_fill: check::<2, 2>(&[4], |x| x.slice_fill(s![.., 0..1], 5.0));
    select: check::<2, 2>(&[4], |x| {
        let indices = Tensor::<1, Int>::from_data([2, 0, 2], &x.device());
        x.select(1, indices)
    });
    gather: check::<2, 2>(&[4], |x| { let index = x.clone().argmax(1); x.gather(1, index) });
    scatter: check::<2, 2>(&[4], |x| {
        let index = x.clone().argmax(1);
        let value = x.clone().sum_dim(1);
        x.scatter(1, index, value, IndexingUpdateOp::Add)
    });
    zeros_of_the_batch: check::<2, 2>(&[3], |x| { let [batch, _] = x.dims(); Tensor::cat(vec![Tensor::zeros([batch, 2], &x.device()), x], 1) });
    ones_of_the_batch: check::<2, 2>(&[3], |x| { let [batch, _] = x.dims(); Tensor::cat(vec![Tensor::ones([batch, 2], &x.device()), x], 1) });
    full_of_the_batch: check::<2, 2>(&[3], |x| { let [batch, _] = x.dims(); Tensor::cat(vec![Tensor::full([2 * batch, 3], 0.25, &x.device()), x], 0) });
    pad: check::<4, 4>(&[2, 3, 4], |x| x.pad((1, 2, 0, 1), 0.5));

    relu: check::<2, 2>(&[3], activation::relu);
    sigmoid: check::<2, 2>(&[3], activation::sigmoid);
    softplus: check::<2, 2>(&[3], |x| activation::softplus(x, 1.0));
    silu: check::<2, 2>(&[3], activation::silu);
    gelu: check::<2, 2>(&[3], activation::gelu);
    elu: check::<2, 2>(&[3], |x| activation::elu(x, 1.0));
    leaky_relu: check::<2, 2>(&[3], |x| activation::leaky_relu(x, 0.1));
    hard_sigmoid: check::<2, 2>(&[3], |x| activation::hard_sigmoid(x, 0.2, 0.5));
    log_sigmoid: check::<2, 2>(&[3], activation::log_sigmoid);
    softmax: check::<2, 2>(&[5], |x| activation::softmax(x, 1));
    softmax_of_an_inner_axis: check::<3, 3>(&[5, 3], |x| activation::softmax(x, 1));
    softmin: check::<2, 2>(&[5], |x| activation::softmin(x, 1));
    log_softmax: check::<2, 2>(&[5], |x| activation::log_softmax(x, 1));
    prelu: check_module(&[4], &PReluConfig::new().init(&cpu()), |m, x: Tensor<2>| m.forward(x));

    linear: check_module(&[4], &LinearConfig::new(4, 3).init(&cpu()), |m, x: Tensor<2>| m.forward(x));
    linear_of_a_sequence: check_module(&[5, 4], &LinearConfig::new(4, 3).init(&cpu()), |m, x: Tensor<3>| m.forward(x));
    linear_without_bias: check_module(&[4], &LinearConfig::new(4, 3).with_bias(false).init(&cpu()), |m, x: Tensor<2>| m.forward(x));
    layer_norm: check_module(&[3, 8], &LayerNormConfig::new(8).init(&cpu()), |m, x: Tensor<3>| m.forward(x));
    batch_norm: check_module(&[3, 4, 4], &BatchNormConfig::new(3).init(&cpu()), |m, x: Tensor<4>| m.forward(x));
    embedding: check_module(&[5], &EmbeddingConfig::new(4, 3).init(&cpu()), |m, x: Tensor<2>| m.forward(x.abs().int()));
    conv1d: check_module(&[2, 9], &Conv1dConfig::new(2, 3, 3).with_padding(PaddingConfig1d::Explicit(1, 1)).with_stride(2).init(&cpu()), |m, x: Tensor<3>| m.forward(x));
    conv1d_dilated: check_module(&[2, 9], &Conv1dConfig::new(2, 4, 3).with_dilation(2).with_groups(2).with_bias(false).init(&cpu()), |m, x: Tensor<3>| m.forward(x));
    conv2d: check_module(&[2, 7, 8], &Conv2dConfig::new([2, 3], [3, 3]).with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1)).with_stride([2, 1]).init(&cpu()), |m, x: Tensor<4>| m.forward(x));
    conv_transpose1d: check_module(&[2, 5], &ConvTranspose1dConfig::new([2, 3], 3).with_stride(2).with_padding(1).with_padding_out(1).init(&cpu()), |m, x: Tensor<3>| m.forward(x));
    conv_transpose2d: check_module(&[2, 4, 5], &ConvTranspose2dConfig::new([2, 3], [3, 3]).with_stride([2, 2]).with_padding([1, 1]).init(&cpu()), |m, x: Tensor<4>| m.forward(x));
    max_pool1d: check_module(&[2, 9], &MaxPool1dConfig::new(3).with_stride(2).with_padding(PaddingConfig1d::Explicit(1, 1)).init(), |m, x: Tensor<3>| m.forward(x));
    max_pool2d: check_module(&[2, 6, 7], &MaxPool2dConfig::new([2, 3]).with_strides([2, 2]).init(), |m, x: Tensor<4>| m.forward(x));
    avg_pool1d: check_module(&[2, 9], &AvgPool1dConfig::new(3).with_stride(3).init(), |m, x: Tensor<3>| m.forward(x));
    avg_pool2d: check_module(&[2, 6, 7], &AvgPool2dConfig::new([2, 3]).with_strides([2, 2]).init(), |m, x: Tensor<4>| m.forward(x));
    avg_pool1d_padded: check_module(&[2, 8], &AvgPool1dConfig::new(3).with_stride(2).with_padding(PaddingConfig1d::Explicit(1, 1)).with_count_include_pad(false).init(), |m, x: Tensor<3>| m.forward(x));
    adaptive_avg_pool1d: check_module(&[2, 8], &AdaptiveAvgPool1dConfig::new(4).init(), |m, x: Tensor<3>| m.forward(x));
    adaptive_avg_pool2d: check_module(&[2, 6, 8], &AdaptiveAvgPool2dConfig::new([1, 1]).init(), |m, x: Tensor<4>| m.forward(x));
    interpolate_nearest: check_module(&[2, 3, 4], &Interpolate2dConfig::new().with_output_size(Some([6, 8])).with_mode(InterpolateMode::Nearest).init(), |m, x: Tensor<4>| m.forward(x));
    interpolate_linear_with_aligned_corners: check_module(&[2, 3, 4], &Interpolate2dConfig::new().with_output_size(Some([6, 9])).with_mode(InterpolateMode::Linear).with_align_corners(true).init(), |m, x: Tensor<4>| m.forward(x));
    interpolate_linear_to_half_pixels: check_module(&[2, 3, 4], &Interpolate2dConfig::new().with_output_size(Some([6, 8])).with_mode(InterpolateMode::Linear).with_align_corners(false).init(), |m, x: Tensor<4>| m.forward(x));
    interpolate_cubic: check_module(&[2, 4, 5], &Interpolate2dConfig::new().with_output_size(Some([8, 10])).with_mode(InterpolateMode::Cubic).init(), |m, x: Tensor<4>| m.forward(x));
    pad_reflected: check::<4, 4>(&[2, 3, 4], |x| x.pad((1, 2, 0, 1), PadMode::Reflect));
    pad_repeated: check::<4, 4>(&[2, 3, 4], |x| x.pad((1, 2, 0, 1), PadMode::Edge));
    interpolate_linear: check_module(&[2, 3, 4], &Interpolate2dConfig::new().with_output_size(Some([6, 8])).with_mode(InterpolateMode::Linear).init(), |m, x: Tensor<4>| m.forward(x));

    lstm: check_module(&[5, 3], &LstmConfig::new(3, 4, true).init(&cpu()), |m, x: Tensor<3>| m.forward(x, None).0);
    gru: check_module(&[5, 3], &GruConfig::new(3, 4, true).init(&cpu()), |m, x: Tensor<3>| m.forward(x, None));
    attention: check_module(&[5, 8], &MultiHeadAttentionConfig::new(8, 2).init(&cpu()), |m, x: Tensor<3>| {
        m.forward(MhaInput::self_attn(x)).context
    });
    causal_attention: check_module(&[5, 8], &MultiHeadAttentionConfig::new(8, 2).init(&cpu()), |m, x: Tensor<3>| {
        let [batch, length, _] = x.dims();
        let mask = generate_autoregressive_mask(batch, length, &x.device());
        m.forward(MhaInput::self_attn(x).mask_attn(mask)).context
    });
}
