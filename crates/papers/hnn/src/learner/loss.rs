//! A loss that may still lie on a device.

#[cfg(not(feature = "first"))]
use burn::tensor::Tensor;
use demo::Error;

/// Of one step.
#[derive(Clone, Debug)]
pub enum Loss {
    /// Known.
    Number(f32),
    /// `[1]`, not read yet.
    #[cfg(not(feature = "first"))]
    Tensor(Box<Tensor<1>>),
}

impl Loss {
    /// The values, with one read of the device at most.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    #[cfg_attr(feature = "first", expect(clippy::unused_async, reason = "other engines have to wait"))]
    pub async fn read(losses: &[Self]) -> Result<Vec<f32>, Error> {
        #[cfg(not(feature = "first"))]
        let mut read = read_tensors(losses).await?.into_iter();
        let value = |loss: &Self| match loss {
            Self::Number(value) => *value,
            #[cfg(not(feature = "first"))]
            Self::Tensor(_) => read.next().unwrap_or(f32::NAN),
        };
        Ok(losses.iter().map(value).collect())
    }
}

#[cfg(not(feature = "first"))]
async fn read_tensors(losses: &[Loss]) -> Result<Vec<f32>, Error> {
    let tensor = |loss: &Loss| match loss {
        Loss::Number(_) => None,
        Loss::Tensor(tensor) => Some((**tensor).clone()),
    };
    let tensors: Vec<_> = losses.iter().filter_map(tensor).collect();
    if tensors.is_empty() {
        return Ok(Vec::new());
    }
    crate::model::read(Tensor::cat(tensors, 0)).await
}
