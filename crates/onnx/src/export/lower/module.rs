//! Layers that burn records as one operation.

use burn::backend::ir::{
    Conv1dOpIr, Conv2dOpIr, ConvTranspose1dOpIr, ConvTranspose2dOpIr, InterpolateModeIr, InterpolateOpIr,
    LayerNormOpIr, LinearOpIr, ModuleOperationIr, TensorIr,
};

use super::super::graph::{Graph, float, integer, integers, text};
use super::{Lowered, Result, Shorthand};
use crate::proto::AttributeProto;

pub(super) fn lower(graph: &mut Graph<'_>, operation: &ModuleOperationIr) -> Result {
    match operation {
        ModuleOperationIr::Linear(o) => linear(graph, o),
        ModuleOperationIr::Embedding(o) => {
            graph.call("Gather", &[&o.weights, &o.indices], &o.out, vec![integer("axis", 0)])
        }
        ModuleOperationIr::LayerNorm(o) => layer_norm(graph, o),
        ModuleOperationIr::BatchNorm(o) => {
            let inputs = [&o.x, &o.gamma, &o.beta, &o.mean, &o.variance];
            graph.call("BatchNormalization", &inputs, &o.out, vec![float("epsilon", o.epsilon.elem())])
        }
        ModuleOperationIr::Conv1d(o) => conv1d(graph, o),
        ModuleOperationIr::Conv2d(o) => conv2d(graph, o),
        ModuleOperationIr::ConvTranspose1d(o) => conv_transpose1d(graph, o),
        ModuleOperationIr::ConvTranspose2d(o) => conv_transpose2d(graph, o),
        ModuleOperationIr::MaxPool1d(o) => {
            let window = Window::new(&[o.kernel_size], &[o.stride], &[o.padding], o.ceil_mode);
            graph.call("MaxPool", &[&o.x], &o.out, window.with(integers("dilations", [o.dilation])))
        }
        ModuleOperationIr::MaxPool2d(o) => {
            let window = Window::new(&o.kernel_size, &o.stride, &o.padding, o.ceil_mode);
            graph.call("MaxPool", &[&o.x], &o.out, window.with(integers("dilations", o.dilation)))
        }
        ModuleOperationIr::AvgPool1d(o) => {
            let window = Window::new(&[o.kernel_size], &[o.stride], &[o.padding], o.ceil_mode);
            graph.call("AveragePool", &[&o.x], &o.out, window.with(include_pad(o.count_include_pad)))
        }
        ModuleOperationIr::AvgPool2d(o) => {
            let window = Window::new(&o.kernel_size, &o.stride, &o.padding, o.ceil_mode);
            graph.call("AveragePool", &[&o.x], &o.out, window.with(include_pad(o.count_include_pad)))
        }
        ModuleOperationIr::AdaptiveAvgPool1d(o) => adaptive(graph, &o.x, &[o.output_size], &o.out),
        ModuleOperationIr::AdaptiveAvgPool2d(o) => adaptive(graph, &o.x, &o.output_size, &o.out),
        ModuleOperationIr::Interpolate(o) => interpolate(graph, o),
        _ => Ok(Lowered::Unknown),
    }
}

fn linear(graph: &mut Graph<'_>, o: &LinearOpIr) -> Result {
    let Some(bias) = &o.bias else { return graph.call("MatMul", &[&o.x, &o.weight], &o.out, Vec::new()) };
    let inputs = vec![graph.name(&o.x)?, graph.name(&o.weight)?];
    let product = graph.step("MatMul", inputs, Vec::new());
    let inputs = vec![product, graph.name(bias)?];
    graph.node("Add", inputs, &o.out, Vec::new()).map(|()| Lowered::Done)
}

fn layer_norm(graph: &mut Graph<'_>, o: &LayerNormOpIr) -> Result {
    let mut inputs = vec![&o.input, &o.gamma];
    inputs.extend(&o.beta);
    let attributes = vec![integer("axis", -1), float("epsilon", o.epsilon.elem())];
    graph.call("LayerNormalization", &inputs, &o.out, attributes)
}

fn convolve(
    graph: &mut Graph<'_>,
    op_type: &str,
    (x, weight, bias): (&TensorIr, &TensorIr, &Option<TensorIr>),
    out: &TensorIr,
    attributes: Vec<AttributeProto>,
) -> Result {
    let mut inputs = vec![x, weight];
    inputs.extend(bias);
    graph.call(op_type, &inputs, out, attributes)
}

fn conv1d(graph: &mut Graph<'_>, o: &Conv1dOpIr) -> Result {
    let options = &o.options;
    let attributes = conv_attributes(&options.stride, &options.padding, &options.dilation, options.groups);
    convolve(graph, "Conv", (&o.x, &o.weight, &o.bias), &o.out, attributes)
}

fn conv2d(graph: &mut Graph<'_>, o: &Conv2dOpIr) -> Result {
    let options = &o.options;
    let attributes = conv_attributes(&options.stride, &options.padding, &options.dilation, options.groups);
    convolve(graph, "Conv", (&o.x, &o.weight, &o.bias), &o.out, attributes)
}

fn conv_transpose1d(graph: &mut Graph<'_>, o: &ConvTranspose1dOpIr) -> Result {
    let options = &o.options;
    let padding = options.padding.map(|pad| (pad, pad));
    let mut attributes = conv_attributes(&options.stride, &padding, &options.dilation, options.groups);
    attributes.push(integers("output_padding", options.padding_out));
    convolve(graph, "ConvTranspose", (&o.x, &o.weight, &o.bias), &o.out, attributes)
}

fn conv_transpose2d(graph: &mut Graph<'_>, o: &ConvTranspose2dOpIr) -> Result {
    let options = &o.options;
    let padding = options.padding.map(|pad| (pad, pad));
    let mut attributes = conv_attributes(&options.stride, &padding, &options.dilation, options.groups);
    attributes.push(integers("output_padding", options.padding_out));
    convolve(graph, "ConvTranspose", (&o.x, &o.weight, &o.bias), &o.out, attributes)
}

fn conv_attributes(
    stride: &[usize],
    padding: &[(usize, usize)],
    dilation: &[usize],
    groups: usize,
) -> Vec<AttributeProto> {
    let before = padding.iter().map(|pair| pair.0);
    let after = padding.iter().map(|pair| pair.1);
    vec![
        integers("strides", stride.iter().copied()),
        integers("pads", before.chain(after)),
        integers("dilations", dilation.iter().copied()),
        integer("group", groups as i64),
    ]
}

/// The window of a pooling layer.
struct Window(Vec<AttributeProto>);

impl Window {
    fn new(kernel: &[usize], stride: &[usize], padding: &[usize], ceil_mode: bool) -> Self {
        Self(vec![
            integers("kernel_shape", kernel.iter().copied()),
            integers("strides", stride.iter().copied()),
            integers("pads", padding.iter().chain(padding).copied()),
            integer("ceil_mode", i64::from(ceil_mode)),
        ])
    }

    fn with(mut self, attribute: AttributeProto) -> Vec<AttributeProto> {
        self.0.push(attribute);
        self.0
    }
}

fn include_pad(included: bool) -> AttributeProto {
    integer("count_include_pad", i64::from(included))
}

/// Adaptive pooling is pooling with a fixed window where the output divides the input.
fn adaptive(graph: &mut Graph<'_>, x: &TensorIr, output: &[usize], out: &TensorIr) -> Result {
    let shape = graph.shape(x)?;
    let mut kernel = Vec::new();
    for (length, &size) in shape[2..].iter().zip(output) {
        match length.constant().and_then(|length| usize::try_from(length).ok()) {
            Some(length) if size > 0 && length % size == 0 => kernel.push(length / size),
            _ => return Ok(Lowered::Refused("with an output that does not divide its input has no counterpart here")),
        }
    }
    let window = Window::new(&kernel, &kernel, &vec![0; kernel.len()], false);
    graph.call("AveragePool", &[x], out, window.with(include_pad(true)))
}

/// Resize to the recorded size. Coordinates as in burn: corners aligned or half-pixel centres, nearest by flooring.
fn interpolate(graph: &mut Graph<'_>, o: &InterpolateOpIr) -> Result {
    let coordinates = if o.options.align_corners { "align_corners" } else { "half_pixel" };
    let mut attributes = match o.options.mode {
        InterpolateModeIr::Nearest => vec![
            text("mode", "nearest"),
            text("coordinate_transformation_mode", "asymmetric"),
            text("nearest_mode", "floor"),
        ],
        InterpolateModeIr::Bilinear => {
            vec![text("mode", "linear"), text("coordinate_transformation_mode", coordinates)]
        }
        InterpolateModeIr::Bicubic => vec![
            text("mode", "cubic"),
            text("coordinate_transformation_mode", coordinates),
            float("cubic_coeff_a", -0.75),
        ],
        InterpolateModeIr::NearestExact | InterpolateModeIr::Lanczos3 => {
            return Ok(Lowered::Refused("in this mode has no counterpart here"));
        }
    };
    let sizes = graph.integers(&o.output_size.map(|size| size as i64));
    let inputs = vec![graph.name(&o.x)?, String::new(), String::new(), sizes];
    attributes.push(integers("axes", [2, 3]));
    graph.node("Resize", inputs, &o.out, attributes).map(|()| Lowered::Done)
}
