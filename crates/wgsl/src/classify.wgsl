struct Settings {
    rows: u32,
    classes: u32,
    width: u32,
    share: f32,
}

@group(0) @binding(0) var<uniform> s: Settings;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<f32>;
@group(0) @binding(3) var<storage, read_write> by_logits: array<f32>;
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let row = id.x;
    if (row >= s.rows) {
        return;
    }
    let first = row * s.width;
    var largest = logits[first];
    for (var c = 1u; c < s.classes; c++) {
        largest = max(largest, logits[first + c]);
    }
    var sum = 0.0;
    for (var c = 0u; c < s.classes; c++) {
        sum += exp(logits[first + c] - largest);
    }
    let label = u32(labels[row]);
    for (var c = 0u; c < s.classes; c++) {
        let probability = exp(logits[first + c] - largest) / sum;
        by_logits[first + c] = s.share * (probability - select(0.0, 1.0, c == label));
    }
    losses[row] = log(sum) + largest - logits[first + label];
}
