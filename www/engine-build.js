// Which of the engine's builds this browser should run: the one with relaxed SIMD's 8-bit dot products, or the one with
// 16-bit ones, which every browser has. Both give the same numbers. Relaxed SIMD is no promise of speed: on a processor without
// an instruction for it, a browser makes do with several, and its build takes twice as long as the other. So both are timed.
//
// A script without exports, so that the service worker can load it as well as the engine's.

{
  /** Of both loops: dependent sums beside each other, enough to keep a processor busy. */
  const CHAINS = 8;
  /** How much longer the 8-bit loop may take. The build takes 16-bit numbers apart for it, and is ahead even so up to about this. */
  const MARGIN = 1.4;
  const ROUNDS = 5;
  const MILLISECONDS = 2;
  /** Turns of a loop between looks at the clock. */
  const TURNS = 2000;

  // v128 instructions, after their prefix; numbers as LEB128.
  const I32X4_SPLAT = [0xfd, 0x11];
  const I32X4_ADD = [0xfd, 0xae, 0x01];
  const DOT_16_BIT = [0xfd, 0xba, 0x01];
  const DOT_8_BIT_AND_ADD = [0xfd, 0x93, 0x02];

  const unsigned = (number) => (number < 128 ? [number] : [(number & 127) | 128, ...unsigned(number >> 7)]);
  const counted = (items) => [...unsigned(items.length), ...items.flat()];
  const sized = (bytes) => [...unsigned(bytes.length), ...bytes];
  const section = (id, items) => [id, ...sized(counted(items))];
  const text = (string) => sized([...new TextEncoder().encode(string)]);
  const get = (local) => [0x20, ...unsigned(local)];
  const set = (local) => [0x21, ...unsigned(local)];

  const [TURNS_LEFT, NUMBER, BITS_16, FIRST] = [0, 1, 2, 3];
  const OPERAND = FIRST + CHAINS;
  const each = (of) => Array.from({ length: CHAINS }, (_, chain) => of(FIRST + chain)).flat();

  /** Goes round as often as there are turns left; `step` is what becomes of a sum in each. */
  const loop = (step) => [
    0x03, 0x40,
    ...each((sum) => [...step(get(sum), get(OPERAND)), ...set(sum)]),
    ...get(TURNS_LEFT), 0x41, 1, 0x6b, 0x22, TURNS_LEFT, 0x0d, 0, // once more, unless that was the last
    0x0b,
  ];

  /** A function (turns, number, 16-bit or not). Both loops are in it, since a browser optimises one function sooner than another. */
  const RUN = sized([
    ...counted([[...unsigned(CHAINS + 1), 0x7b]]),
    ...get(NUMBER), ...I32X4_SPLAT, ...set(OPERAND),
    ...get(BITS_16), 0x04, 0x40,
    ...loop((sum, operand) => [...sum, ...operand, ...DOT_16_BIT, ...sum, ...I32X4_ADD]),
    0x05,
    ...loop((sum, operand) => [...sum, ...operand, ...sum, ...DOT_8_BIT_AND_ADD]),
    0x0b,
    ...get(FIRST), ...each((sum) => [...get(sum), ...I32X4_ADD]), 0xfd, 0x1b, 0, // a lane
    0x0b,
  ]);

  const MODULE = new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [[0x60, 3, 0x7f, 0x7f, 0x7f, 1, 0x7f]]),
    ...section(3, [[0]]),
    ...section(7, [[...text('run'), 0, 0]]),
    ...section(10, [RUN]),
  ]);

  /** Milliseconds of so many turns. Clocks may be coarse, so it counts the turns from one tick to another. */
  function timed(run, bits16) {
    const now = () => performance.now();
    const tick = (from) => { for (let at; ;) if ((at = now()) !== from) return at; };
    const start = tick(now());
    let [end, calls] = [start, 0];
    for (; end - start < MILLISECONDS; calls += 1, end = now()) run(TURNS, 1, bits16);
    return (end - start) / calls;
  }

  function isFaster8Bit() {
    const { run } = new WebAssembly.Instance(new WebAssembly.Module(MODULE)).exports;
    const best = [Infinity, Infinity];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const bits16 of [0, 1]) best[bits16] = Math.min(best[bits16], timed(run, bits16));
    }
    return best[0] <= MARGIN * best[1];
  }

  /** The names of the builds that this browser can run, the one to prefer first. Takes some milliseconds. */
  self.engineBuilds = () => {
    if (!WebAssembly.validate(MODULE)) return ['engine'];
    return isFaster8Bit() ? ['engine_relaxed', 'engine'] : ['engine', 'engine_relaxed'];
  };
}
