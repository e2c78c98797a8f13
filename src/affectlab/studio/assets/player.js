// Plays the session's sound: one WebSocket in, the ring buffer, one gain. Stop works with the server dead.
const HEADER_BYTES = 16;
const RECONNECT_MS = 1000;
const START_DB = -30;

const remembered = (key, fallback) => sessionStorage.getItem(`affectlab.${key}`) ?? fallback;
const remember = (key, value) => sessionStorage.setItem(`affectlab.${key}`, value);
const decibels = (amplitude) => Math.max(-120, 20 * Math.log10(amplitude || 1e-6));

class Player extends EventTarget {
  constructor() {
    super();
    this.connection = "connecting"; // connecting, open, lost
    this.sound = "none"; // none, yours, busy, taken
    this.phase = "none";
    this.tone = false;
    this.session = null;
    this.stopped = remembered("stopped", "") || null; // id of the session this page stopped
    this.unsent = null; // id of a session whose Stop the server has not confirmed
    this.gainDb = Number(remembered("gain", START_DB));
    this.counters = { underruns: 0, dropped: 0, lost: 0, buffered_ms: 0, peak: 0, rms: 0 };
    this.lastSilenceMs = null;
    this.browser = remembered("browser", "") || crypto.getRandomValues(new Uint32Array(4)).join("-");
    remember("browser", this.browser);
    this.connect();
  }

  // what the page asks for ------------------------------------------------------------------------------
  async enable() {
    if (!this.possible) return void this.changed();
    if (!this.context) await this.build();
    if (this.context.state !== "running") await this.context.resume();
    this.changed();
  }

  get possible() {
    return window.isSecureContext; // browsers give audio worklets to localhost and HTTPS only
  }

  get silentByPolicy() {
    return this.possible && this.sound === "yours" && this.context?.state !== "running";
  }

  setLevel(db) {
    this.gainDb = Number(db);
    remember("gain", this.gainDb);
    if (this.volume) this.ramp(10 ** (this.gainDb / 20), 0.05);
  }

  stop() {
    this.hush();
    this.stopped = this.session;
    this.unsent = this.session;
    remember("stopped", this.session ?? "");
    this.sendStop();
    this.changed();
  }

  hush() {
    if (!this.ring) return;
    this.ramp(0, 0.008);
    this.ring.port.postMessage({ type: "mute" });
  }

  takeOver() {
    this.send({ type: "claim", browser: this.browser, take_over: true });
  }

  // sound -----------------------------------------------------------------------------------------------
  async build() {
    this.context = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
    await this.context.audioWorklet.addModule("/assets/ring.js");
    this.ring = new AudioWorkletNode(this.context, "affectlab-ring", {
      numberOfInputs: 0,
      outputChannelCount: [2],
    });
    this.volume = new GainNode(this.context, { gain: 10 ** (this.gainDb / 20) });
    this.meter = new AnalyserNode(this.context, { fftSize: 256 });
    this.ring.connect(this.volume).connect(this.meter).connect(this.context.destination);
    this.ring.port.onmessage = ({ data }) => this.heard(data);
    this.context.onstatechange = () => this.changed();
    this.tellPhase();
  }

  ramp(gain, seconds) {
    const now = this.context.currentTime;
    this.volume.gain.cancelScheduledValues(now);
    this.volume.gain.setValueAtTime(this.volume.gain.value, now);
    this.volume.gain.linearRampToValueAtTime(gain, now + seconds);
  }

  rms() {
    if (!this.meter) return 0;
    const wave = new Float32Array(this.meter.fftSize);
    this.meter.getFloatTimeDomainData(wave);
    return Math.sqrt(wave.reduce((sum, sample) => sum + sample * sample, 0) / wave.length);
  }

  heard(data) {
    if (data.type === "silent") {
      this.lastSilenceMs = data.ms;
      return;
    }
    const { type, ...counters } = data;
    Object.assign(this.counters, counters);
    const { underruns, dropped, lost, buffered_ms, peak, rms } = this.counters;
    const levels = { gain_db: this.gainDb, peak_dbfs: decibels(peak), rms_dbfs: decibels(rms) };
    if (this.sound === "yours") this.send({ type, underruns, dropped, lost, buffered_ms, ...levels });
  }

  // connection ------------------------------------------------------------------------------------------
  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}/audio`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => (data instanceof ArrayBuffer ? this.play(data) : this.told(JSON.parse(data)));
    this.socket.onopen = () => {
      this.connection = "open";
      this.next = null;
      this.send({ type: "claim", browser: this.browser });
      this.sendStop();
      this.changed();
    };
    this.socket.onclose = () => this.lost();
  }

  lost() {
    this.connection = "lost";
    this.sound = "none";
    this.ring?.port.postMessage({ type: "expect", on: false });
    this.ring?.port.postMessage({ type: "drain" });
    this.changed();
    setTimeout(() => this.connect(), RECONNECT_MS);
  }

  send(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  sendStop() {
    if (this.unsent) this.send({ type: "stop", session: this.unsent });
  }

  told(message) {
    if (message.type === "phase") {
      Object.assign(this, { phase: message.phase, tone: message.tone, session: message.session });
      this.tellPhase();
    } else if (message.type === "free") {
      this.send({ type: "claim", browser: this.browser });
    } else if (message.type === "stopped") {
      this.unsent = null;
    } else {
      this.sound = message.type;
      if (message.type === "taken") this.ring?.port.postMessage({ type: "drain" });
    }
    this.changed();
  }

  tellPhase() {
    if (!this.ring) return;
    this.ring.port.postMessage({ type: "expect", on: this.phase === "playing" });
    if (this.stopped !== null && this.stopped === this.session) return;
    this.ring.port.postMessage({ type: "unmute" });
    this.ramp(10 ** (this.gainDb / 20), 0.05);
  }

  play(packet) {
    const number = new DataView(packet).getUint32(0, true);
    if (this.next !== null && number !== this.next) this.counters.lost += (number - this.next) >>> 0;
    this.next = (number + 1) >>> 0;
    // A context that may not run yet would keep every block and play the past later.
    if (!this.ring || this.context.state !== "running" || (this.stopped && this.stopped === this.session)) return;
    const samples = new Int16Array(packet, HEADER_BYTES);
    this.ring.port.postMessage({ type: "block", samples }, [packet]);
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}

window.affectlab = { ...window.affectlab, player: new Player() };
