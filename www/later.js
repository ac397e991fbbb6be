// The later half of a program that is cut in two (xtask/src/site/split.rs): what the first map does without.

/** Made by a program's script, for its first half to import from. */
export class Later {
  /** What the first half exports, from when it is there. */
  first;
  /** Where the later half lies. */
  address;
  #exports;
  #loading;

  /** The later half's functions by name. Called before it is there, one waits for it, and the page with it. */
  functions = new Proxy({}, {
    get: (_, name) => (...given) => (this.#exports ?? this.#start(new WebAssembly.Module(this.#fetchNow())))[name](...given),
  });

  /** Loads it. After a failure, the next attempt begins anew. */
  load() {
    if (!this.#loading) {
      this.#loading = this.#fetch();
      this.#loading.catch(() => { this.#loading = undefined; });
    }
    return this.#loading;
  }

  async #fetch() {
    if (this.#exports) return;
    const response = await fetch(this.address);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}: ${response.url}`);
    this.#start(await WebAssembly.compile(await response.arrayBuffer()));
  }

  /** Its bytes, at once: what has to be waited for inside of a call from WebAssembly cannot be a promise. */
  #fetchNow() {
    const request = new XMLHttpRequest();
    request.open('GET', this.address, false);
    // Such a request gives out text alone: a character a byte, then.
    request.overrideMimeType('text/plain; charset=x-user-defined');
    request.send();
    if (request.status !== 200) throw new Error(`${request.status} ${request.statusText}: ${this.address}`);
    return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0) & 0xff);
  }

  #start(module) {
    this.#exports ??= new WebAssembly.Instance(module, { first: this.first }).exports;
    return this.#exports;
  }
}
