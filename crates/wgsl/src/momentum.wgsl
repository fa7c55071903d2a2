struct Settings {
    rate: f32,
    momentum: f32,
    count: u32,
    slots: u32,
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let i = id.x;
    if (i >= s.count) {
        return;
    }
    var gradient = vec4f();
    for (var slot = 0u; slot < s.slots; slot++) {
        gradient += slots[slot * s.count + i];
    }
    let velocity = s.momentum * velocities[i] + gradient;
    velocities[i] = velocity;
    parameters[i] -= s.rate * velocity;
}
