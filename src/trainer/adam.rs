//! Adam (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1), with a rate that grows over the first steps.

use burn_tensor::{Tensor, TensorData};

use super::model::Model;
use super::{Differentiated, Plain};

const BETA: [f32; 2] = [0.9, 0.98];
const EPSILON: f32 = 1e-8;
/// Steps until the rate is the one that was asked for.
const WARM: f32 = 50.0;

/// What is remembered of each weight's gradients.
pub struct Adam {
    steps: i32,
    /// Mean and mean square, by weight in the order of [`Model::map`].
    moments: Vec<[Tensor<Plain, 2>; 2]>,
}

impl Adam {
    pub fn new(model: &Model<TensorData>) -> Self {
        let mut moments = Vec::new();
        model.map(&mut |data| {
            let zeros = || Tensor::zeros([data.shape[0], data.shape[1]], &Default::default());
            moments.push([zeros(), zeros()]);
        });
        Self { steps: 0, moments }
    }

    /// The weights after a step against the gradients of `loss`, at most `rate` far from where they were.
    pub fn step(
        &mut self,
        model: &Model<Tensor<Differentiated, 2>>,
        loss: &Tensor<Differentiated, 1>,
        rate: f32,
    ) -> Model<Tensor<Differentiated, 2>> {
        let mut gradients = loss.backward();
        self.steps += 1;
        let unbiased = BETA.map(|beta| 1.0 - beta.powi(self.steps));
        let rate = rate * (self.steps as f32 / WARM).min(1.0) * unbiased[1].sqrt() / unbiased[0];
        let mut moments = self.moments.iter_mut();
        model.map(&mut |weight| {
            let (Some([mean, square]), Some(gradient)) = (moments.next(), weight.grad_remove(&mut gradients))
            else {
                return weight.clone();
            };
            *mean = mean.clone() * BETA[0] + gradient.clone() * (1.0 - BETA[0]);
            *square = square.clone() * BETA[1] + gradient.clone() * gradient * (1.0 - BETA[1]);
            let change = mean.clone() / (square.clone().sqrt() + EPSILON) * rate;
            Tensor::from_inner(weight.clone().inner() - change).require_grad()
        })
    }
}
