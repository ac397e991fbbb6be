use burn_tensor::TensorData;

use super::*;
use crate::trainer::Differentiated;

fn settings(task: &str) -> Settings {
    Settings { task: task.into(), heads: 2, score: "scaled-dot".into(), encoder: true, seed: 1 }
}

/// (loss, gradients) of a model with `weights`, in 64 bits.
type Wide = Differentiated<f64>;

#[test]
fn gradients_are_those_of_finite_differences() {
    for score in Score::ALL {
        let shape = Shape { task: Task::find("dates").unwrap(), heads: 2, score, encoder: true };
        let random = &mut StdRng::seed_from_u64(9);
        let first = Model::random(random, &shape);
        let pairs: Vec<Pair> = (0..3).map(|_| shape.task.seen(random)).collect();
        let batch = Batch::new(&shape, &pairs);
        let tensors = |data: &Model<TensorData>| {
            data.map(&mut |data| {
                Tensor::<Wide, 2>::from_data(data.clone().convert::<f64>(), &Default::default())
                    .require_grad()
            })
        };
        let of = |model: &Model<Tensor<Wide, 2>>| loss(model.forward(&shape, &batch).0, &batch);
        let model = tensors(&first);
        let mut gradients = of(&model).backward();
        let mut expected: Vec<Vec<f64>> = Vec::new();
        model.map(&mut |weight| {
            expected.push(weight.grad_remove(&mut gradients).unwrap().into_data().to_vec().unwrap());
        });
        for (at, gradient) in expected.iter().enumerate() {
            // The largest of each weight's gradients and two others.
            let largest =
                (0..gradient.len()).max_by(|&a, &b| gradient[a].abs().total_cmp(&gradient[b].abs())).unwrap();
            for place in [largest, gradient.len() / 3, gradient.len() - 1] {
                let moved = |by: f64| -> f64 {
                    let mut index = 0;
                    let model = model.map(&mut |weight| {
                        let mut numbers: Vec<f64> = weight.clone().into_data().to_vec().unwrap();
                        if index == at {
                            numbers[place] += by;
                        }
                        index += 1;
                        Tensor::<Wide, 2>::from_data(
                            TensorData::new(numbers, weight.dims()),
                            &Default::default(),
                        )
                    });
                    of(&model).into_scalar()
                };
                let step = 1e-5;
                let difference = (moved(step) - moved(-step)) / (2.0 * step);
                let close = (gradient[place] - difference).abs() <= 1e-6 * gradient[largest].abs().max(1e-3);
                assert!(
                    close,
                    "{score:?}: weight {at} at {place}: {} by burn, {difference}",
                    gradient[place]
                );
            }
        }
    }
}

#[test]
fn dates_are_learnt_from_a_random_start() {
    let mut lesson = Lesson::new(&settings("dates")).unwrap();
    let before = lesson.evaluate();
    assert!(before.exact == 0.0 && (before.aligned - before.even).abs() < 0.1, "{before:?}");
    for _ in 0..400 {
        lesson.step(0.005).unwrap();
    }
    let after = lesson.evaluate();
    assert!(after.exact >= 0.95, "{after:?}");
    let look = lesson.look("3 May 1979").unwrap();
    assert_eq!((look.written.as_str(), look.ended), ("1979-05-03", true));
    for row in look.weights.chunks(10) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{row:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_lesson_and_another_another() {
    let losses = |seed| {
        let mut lesson = Lesson::new(&Settings { seed, ..settings("sort") }).unwrap();
        (0..3).map(|_| lesson.step(0.003).unwrap()).collect::<Vec<f32>>()
    };
    assert_eq!(losses(7), losses(7));
    assert_ne!(losses(7), losses(8));
}

#[test]
fn what_is_no_setting_is_refused_by_name() {
    let refused = [
        (Settings { task: "anagrams".into(), ..settings("copy") }, "anagrams"),
        (Settings { score: "cosine".into(), ..settings("copy") }, "cosine"),
        (Settings { heads: 3, ..settings("copy") }, "3"),
    ];
    for (settings, named) in refused {
        let error = Lesson::new(&settings).err().unwrap();
        assert!(error.to_string().contains(named) && error.code() == "training", "{error}");
    }
    let mut lesson = Lesson::new(&settings("copy")).unwrap();
    assert!(lesson.step(f32::NAN).is_err() && lesson.step(0.0).is_err());
    assert!(lesson.look("too long for a sequence").is_err());
    assert_eq!(lesson.steps(), 0);
}

#[test]
fn a_rate_that_is_too_high_is_said_before_anything_is_no_number() {
    let mut lesson = Lesson::new(&settings("copy")).unwrap();
    let error = (0..200).find_map(|_| lesson.step(1e30).err()).expect("such a rate goes astray");
    assert!(error.to_string().contains("learning rate"), "{error}");
}
