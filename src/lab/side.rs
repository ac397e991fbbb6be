//! One of the two runs that are compared, and what the engine has computed of it.

use std::rc::Rc;

use super::host::AttentionMapElement;
use super::reply::{self, Texts};
use crate::filter::Filters;
use crate::inspection::Inspection;
use crate::lens::{HeadSet, LensSpec, Needs};
use crate::model::ModelSpec;
use crate::page::extras::{Ask, Extras};
use crate::page::ran::Ran;
use crate::page::state::Problem;
use crate::page::study::Study;

/// What the element looks at maps through.
#[derive(Clone, PartialEq)]
pub struct Look {
    pub lens: &'static LensSpec,
    /// Those that lenses over several heads combine.
    pub heads: Rc<HeadSet>,
    /// The first layer of a rollout.
    pub from: usize,
    pub layer: usize,
    pub head: usize,
}

/// A run of a text under a model.
pub struct Side {
    pub ran: Rc<Ran>,
    pub texts: Texts,
    pub model: &'static ModelSpec,
    extras: Extras,
}

impl Side {
    /// Runs a text. The model has to be loaded.
    pub async fn of(
        host: &AttentionMapElement,
        model: &'static ModelSpec,
        texts: Texts,
    ) -> Result<Self, Problem> {
        let ran = Rc::new(reply::run(host, model.id, &texts).await?);
        Ok(Self { ran, texts, model, extras: Extras::default() })
    }

    /// What the engine has to be asked next before there is a map.
    pub fn missing(&self, look: &Look) -> Option<Inspection> {
        let ask = match look.lens.needs {
            Needs::Weights => None,
            Needs::Values => self.extras.values.is_none().then_some(Ask::Inspect(Inspection::Values)),
            Needs::Zeroing => self.extras.next_zeroing(look.layer, self.tokens()),
        };
        match ask {
            Some(Ask::Inspect(inspection)) => Some(inspection),
            _ => None,
        }
    }

    /// How much of what a map takes is there, from 0 to 1.
    pub fn progress(&self, look: &Look) -> f32 {
        match look.lens.needs {
            Needs::Zeroing => self.extras.zeroing_progress(look.layer, self.tokens()),
            _ => f32::from(u8::from(self.missing(look).is_none())),
        }
    }

    /// Takes in what the engine answered; `false` where that is not of the size that was asked for.
    pub fn take(&mut self, inspection: Inspection, values: Vec<f32>) -> bool {
        let tokens = self.tokens();
        self.extras.take(Ask::Inspect(inspection), values, tokens)
    }

    /// The run through the lens, without any filter.
    pub fn study(&self, look: &Look) -> Study {
        let extras = Rc::new(self.extras.clone());
        Study::new(self.ran.clone(), look.lens, Filters::default(), look.heads.clone(), look.from, extras)
    }

    fn tokens(&self) -> usize {
        self.ran.map().tokens.len()
    }
}
