// The score of a key that a query may not see; lower than any other. The softmax gives it no weight.
const MASKED: f32 = -3.0e38;
