//! A loss that may still lie on a device.

#[cfg(not(target_arch = "wasm32"))]
use burn::tensor::Tensor;
use demo::Error;

/// Of one step.
#[derive(Clone, Debug)]
pub enum Loss {
    /// Known.
    Number(f32),
    /// Among those that WebGPU keeps, not read yet.
    #[cfg(feature = "webgpu")]
    Kept {
        /// All of this training.
        losses: wgsl::Losses,
        /// Which of them.
        number: usize,
    },
    /// `[1]`, not read yet.
    #[cfg(not(target_arch = "wasm32"))]
    Tensor(Box<Tensor<1>>),
}

impl Loss {
    /// The values, with one read of the device for all losses of one training.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    #[cfg_attr(
        all(target_arch = "wasm32", not(feature = "webgpu")),
        expect(clippy::unused_async, reason = "other engines have to wait")
    )]
    pub async fn read(losses: &[Self]) -> Result<Vec<f32>, Error> {
        #[cfg(feature = "webgpu")]
        let mut kept = read_kept(losses).await?.into_iter();
        #[cfg(not(target_arch = "wasm32"))]
        let mut read = read_tensors(losses).await?.into_iter();
        let value = |loss: &Self| match loss {
            Self::Number(value) => *value,
            #[cfg(feature = "webgpu")]
            Self::Kept { .. } => kept.next().unwrap_or(f32::NAN),
            #[cfg(not(target_arch = "wasm32"))]
            Self::Tensor(_) => read.next().unwrap_or(f32::NAN),
        };
        Ok(losses.iter().map(value).collect())
    }
}

#[cfg(feature = "webgpu")]
async fn read_kept(losses: &[Loss]) -> Result<Vec<f32>, Error> {
    let kept = losses.iter().filter_map(|loss| {
        let Loss::Kept { losses, number } = loss else { return None };
        Some((losses, *number))
    });
    let kept: Vec<_> = kept.collect();
    let mut values = Vec::new();
    for group in kept.chunk_by(|(one, _), (other, _)| one.is(other)) {
        let numbers: Vec<usize> = group.iter().map(|(_, number)| *number).collect();
        values.extend(group[0].0.read(&numbers).await?);
    }
    Ok(values)
}

#[cfg(not(target_arch = "wasm32"))]
async fn read_tensors(losses: &[Loss]) -> Result<Vec<f32>, Error> {
    let tensor = |loss: &Loss| {
        let Loss::Tensor(tensor) = loss else { return None };
        Some((**tensor).clone())
    };
    let tensors: Vec<_> = losses.iter().filter_map(tensor).collect();
    if tensors.is_empty() {
        return Ok(Vec::new());
    }
    crate::model::read(Tensor::cat(tensors, 0)).await
}
