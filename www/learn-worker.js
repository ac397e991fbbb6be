// The worker in which a model learns: steps between messages, and what is told of them.

import init, { Trainer, choices, drawn } from './trainer.js';

// Steps from one look at the example to the next, and from one evaluation to the next.
const LOOK = 5;
const EVALUATE = 20;

let trainer;
// What is learnt now: messages carry it, so that the page knows what came before another began.
let lesson;
let source;
let rate;
let running = false;
let steps;
let losses;

function tell(type, more) {
  postMessage({ type, lesson, ...more });
}

function fail({ message, code }) {
  running = false;
  tell('error', { message, code });
}

/** The example as the model sees it now; of a source that is none, the error. */
function looked() {
  try {
    return { look: { source, ...trainer.look(source) } };
  } catch ({ message }) {
    return { unlike: message };
  }
}

function told(evaluate) {
  const loss = losses.length ? losses.reduce((sum, loss) => sum + loss) / losses.length : undefined;
  losses = [];
  tell('told', { steps, loss, running, ...looked(), ...(evaluate && { evaluation: trainer.evaluate() }) });
}

function take() {
  losses.push(trainer.step(rate));
  steps++;
}

/** Takes steps until it is told to pause; lets messages come in between. */
async function run() {
  const mine = lesson;
  while (running && mine === lesson) {
    try {
      do take(); while (steps % LOOK);
      told(steps % EVALUATE === 0);
    } catch (error) {
      return fail(error);
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
}

const ANSWERS = {
  begin({ settings, ...more }) {
    running = false;
    ({ lesson, source } = more);
    trainer?.free();
    trainer = undefined;
    trainer = new Trainer(settings);
    steps = 0;
    losses = [];
    tell('begun', { parameters: trainer.parameters() });
    told(true);
  },
  run() {
    if (running || !trainer) return;
    running = true;
    run();
  },
  pause() {
    running = false;
    if (trainer) told(true);
  },
  step() {
    running = false;
    take();
    told(true);
  },
  rate(message) {
    rate = message.rate;
  },
  look(message) {
    source = message.source;
    if (trainer) tell('told', { steps, running, ...looked() });
  },
  drawn({ task, count, seed }) {
    tell('drawn', { pairs: drawn(task, count, seed) });
  },
};

/** What fails is told. */
function attempt(work) {
  try {
    work();
  } catch (error) {
    fail(error);
  }
}

init({ module_or_path: new URL('./trainer_bg.wasm', import.meta.url) }).then(() => {
  addEventListener('message', ({ data }) => attempt(() => ANSWERS[data.type](data)));
  attempt(() => tell('ready', choices()));
}, fail);
