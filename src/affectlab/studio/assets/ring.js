// The listener's side of the sound: a ring buffer that never clicks, counts what it had to do, and obeys Stop.
const CAPACITY = 1 << 16;
const MASK = CAPACITY - 1;
const PREFILL = 0.3 * sampleRate; // held back before playing, against an uneven network
const CAP = 1.0 * sampleRate; // more than this and the listener would hear the past
const EDGE = 0.01 * sampleRate; // fade at either side of a gap
const STOP = 0.008 * sampleRate; // fade of Stop: no click, and silence long before 50 ms

class Ring extends AudioWorkletProcessor {
  constructor() {
    super();
    this.left = new Float32Array(CAPACITY);
    this.right = new Float32Array(CAPACITY);
    this.write = 0;
    this.read = 0;
    this.gain = 0;
    this.slope = 1 / EDGE;
    this.flowing = false;
    this.muted = false; // Stop or Pause was pressed: whatever comes is thrown away
    this.leaping = false; // too much is buffered: fade, skip ahead, fade in
    this.draining = false; // the connection is gone: fade over what is left
    this.expected = false; // sound should be there; a gap is an underrun
    this.underruns = 0;
    this.dropped = 0;
    this.clear();
    this.port.onmessage = ({ data }) => this[data.type](data);
  }

  clear() {
    this.frames = 0;
    this.peak = 0;
    this.energy = 0;
  }

  // messages ------------------------------------------------------------------------------------------
  block({ samples }) {
    if (this.muted) return;
    this.draining = false;
    const frames = samples.length / 2;
    const excess = this.write + frames - this.read - CAPACITY;
    if (excess > 0) {
      this.read += excess;
      this.dropped += excess;
    }
    for (let i = 0; i < frames; i++, this.write++) {
      this.left[this.write & MASK] = samples[2 * i] / 32768;
      this.right[this.write & MASK] = samples[2 * i + 1] / 32768;
    }
  }

  expect({ on }) {
    this.expected = on;
  }

  mute() {
    this.muted = true;
    this.slope = 1 / STOP;
    this.asked = currentFrame;
    if (this.gain === 0) this.silence();
  }

  unmute() {
    this.muted = false;
    this.slope = 1 / EDGE;
  }

  drain() {
    this.draining = true;
    this.slope = 1 / Math.max(EDGE, Math.min(this.write - this.read, 0.25 * sampleRate));
  }

  // rendering -----------------------------------------------------------------------------------------
  process(_inputs, [[left, right]]) {
    if (!this.flowing && !this.muted && !this.draining && this.write - this.read >= PREFILL) {
      this.flowing = true;
      this.slope = 1 / EDGE;
      this.read = this.write - PREFILL; // what piled up before the first sound would stay as delay
    }
    if (this.flowing && this.write - this.read > CAP) this.leaping = true;
    for (let i = 0; i < left.length; i++) this.sample(left, right, i);
    this.frames += left.length;
    if (this.frames >= sampleRate) this.report();
    return true;
  }

  sample(left, right, i) {
    if (!this.flowing) return;
    const waiting = this.write - this.read;
    const fading = this.muted || this.draining || this.leaping || waiting <= EDGE;
    this.gain = fading ? Math.max(0, this.gain - this.slope) : Math.min(1, this.gain + this.slope);
    if (fading && (this.gain === 0 || waiting <= 0)) {
      this.gap(waiting);
      return;
    }
    left[i] = this.left[this.read & MASK] * this.gain;
    right[i] = this.right[this.read & MASK] * this.gain;
    this.read++;
    this.peak = Math.max(this.peak, Math.abs(left[i]), Math.abs(right[i]));
    this.energy += (left[i] * left[i] + right[i] * right[i]) / 2;
  }

  gap(waiting) {
    if (this.muted) {
      this.silence();
    } else if (this.leaping) {
      this.dropped += waiting - PREFILL;
      this.read = this.write - PREFILL;
      this.leaping = false;
    } else {
      if (this.expected) this.underruns++;
      this.gain = 0;
      this.flowing = false;
      if (this.draining) this.read = this.write;
    }
  }

  silence() {
    this.gain = 0;
    this.flowing = false;
    this.leaping = false;
    this.read = this.write;
    this.port.postMessage({ type: "silent", ms: ((currentFrame - this.asked) / sampleRate) * 1000 });
  }

  report() {
    this.port.postMessage({
      type: "counters",
      underruns: this.underruns,
      dropped: this.dropped,
      buffered_ms: ((this.write - this.read) / sampleRate) * 1000,
      peak: this.peak,
      rms: Math.sqrt(this.energy / this.frames),
    });
    this.clear();
  }
}

registerProcessor("affectlab-ring", Ring);
