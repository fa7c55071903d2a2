struct Settings {
    count: u32,
    rows: u32,
    classes: u32,
    width: u32,
    first: u32,
    share: f32,
    unused: vec2u,
}

@group(0) @binding(0) var<uniform> s: Settings;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<f32>;
@group(0) @binding(3) var<storage, read_write> by_logits: array<f32>;
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;
@group(0) @binding(5) var<storage, read_write> wrong: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let row = id.x;
    if (row >= s.count) {
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
    let label = u32(labels[s.first + row % s.rows]);
    for (var c = 0u; c < s.classes; c++) {
        let probability = exp(logits[first + c] - largest) / sum;
        by_logits[first + c] = s.share * (probability - select(0.0, 1.0, c == label));
    }
    let own = logits[first + label];
    losses[row] = log(sum) + largest - own;
    if (own < largest) {
        atomicAdd(&wrong[row / s.rows], 1u);
    }
}
