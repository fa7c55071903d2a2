const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;

struct Settings {
    size: f32,
    scale: f32,
    decay: f32,
    memory: f32,
    share: f32,
    count: u32,
    slots: u32,
    rows: u32,
    loss: u32,
    moves: u32,
    unused: vec2u,
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let i = id.x;
    if (i >= s.count) {
        return;
    }
    let old = parameters[i];
    if (s.memory != 1.0) {
        mean[i] = s.memory * mean[i] + (1.0 - s.memory) * old;
    }
    if (s.moves == 0u) {
        return;
    }
    var gradient = s.decay * old;
    for (var slot = 0u; slot < s.slots; slot++) {
        gradient += slots[slot * s.count + i];
    }
    let first = moments[i] + (1.0 - BETA_1) * (gradient - moments[i]);
    let second = BETA_2 * moments[s.count + i] + (1.0 - BETA_2) * gradient * gradient;
    moments[i] = first;
    moments[s.count + i] = second;
    parameters[i] = old - s.size * first / (sqrt(second) * s.scale + 1e-8);
    if (i == 0u) {
        var sum = vec4f();
        for (var row = 0u; row < s.rows; row++) {
            sum += losses[row];
        }
        ring[s.loss / 4][s.loss % 4] = s.share * dot(sum, vec4f(1.0));
    }
}
