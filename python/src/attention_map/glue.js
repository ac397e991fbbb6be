// Between the notebook's model and the element. It is put after the element's program, in one module whose other names are none of its business.
export default (() => {
  // Each trait with its attribute, its name in the detail of attention-map:change, and what it is where that says nothing.
  const TRAITS = [
    ['layer', 'layer', 'layer', 0],
    ['head', 'head', 'head', 0],
    ['heads', 'heads', 'heads', ''],
    ['view', 'view', 'view', 'matrix'],
    ['lens', 'lens', 'lens', 'weight'],
    ['from_layer', 'from-layer', 'fromLayer', 0],
    ['special', 'special', 'special', 'show'],
    ['punctuation', 'punctuation', 'punctuation', 'show'],
    ['words', 'words', 'words', false],
    ['pair_part', 'pair-part', 'pairPart', 'all'],
    ['threshold', 'threshold', 'threshold', 0],
    ['scale', 'scale', 'scale', 'unit'],
  ];
  // What only Python changes.
  const SETTINGS = ['controls', 'language'];

  const inflate = async (bytes) => {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return JSON.parse(await new Response(stream).text());
  };

  function render({ model, el }) {
    // The notebook has its own mind about the size of `el`.
    const frame = document.createElement('div');
    frame.className = 'attention-map-cell';
    const map = document.createElement('attention-map');
    map.toggleAttribute('read-only', true);
    // The notebook's own keys (D D deletes a cell) are not for the map's.
    for (const prefix of ['lm', 'p']) map.setAttribute(`data-${prefix}-suppress-shortcuts`, 'true');
    map.style.display = 'block';

    const show = (attribute, value) => {
      if (typeof value === 'boolean') map.toggleAttribute(attribute, value);
      else if (value === '') map.removeAttribute(attribute);
      else if (map.getAttribute(attribute) !== String(value)) map.setAttribute(attribute, value);
    };
    const showTheme = () => show('theme', model.get('theme') === 'auto' ? themeOfNotebook() : model.get('theme'));
    const showSize = () => {
      const height = model.get('height');
      frame.style.height = height === null ? '' : `${height}px`;
      frame.style.overflow = height === null ? '' : 'auto';
    };

    let newest = 0;
    let shown;
    const showTrace = () => {
      const mine = ++newest;
      shown = inflate(model.get('_stored')).then((trace) => {
        if (mine === newest) map.trace = trace;
      });
      return shown;
    };

    const listeners = [
      ...[...TRAITS, ...SETTINGS.map((name) => [name, name])].map(([trait, attribute]) => [
        // A layer may be one that only the trace on its way has.
        `change:${trait}`, () => shown.then(() => show(attribute, model.get(trait))),
      ]),
      ['change:theme', showTheme],
      ['change:height', showSize],
      ['change:_stored', showTrace],
    ];
    for (const [event, listener] of listeners) model.on(event, listener);

    const changed = ({ detail }) => {
      for (const [trait, , name, otherwise] of TRAITS) {
        const told = detail[name] ?? otherwise;
        const value = typeof otherwise === 'number' ? Number(told) : told;
        if (model.get(trait) !== value) model.set(trait, value);
      }
      model.save_changes();
    };
    map.addEventListener('attention-map:change', changed);

    const themes = new MutationObserver(showTheme);
    for (const root of [document.documentElement, document.body]) {
      themes.observe(root, { attributes: true, attributeFilter: ['data-jp-theme-light', 'data-vscode-theme-kind', 'class', 'theme'] });
    }

    for (const [trait, attribute] of TRAITS) show(attribute, model.get(trait));
    for (const name of SETTINGS) show(name, model.get(name));
    showTheme();
    showSize();
    frame.append(map);
    el.append(frame);
    showTrace();

    return () => {
      newest += 1;
      themes.disconnect();
      for (const [event, listener] of listeners) model.off(event, listener);
      map.removeEventListener('attention-map:change', changed);
      frame.remove();
    };
  }

  /** JupyterLab's, VS Code's or Colab's; elsewhere the browser's. */
  function themeOfNotebook() {
    const { body, documentElement: root } = document;
    const lab = body.dataset.jpThemeLight;
    if (lab !== undefined) return lab === 'false' ? 'dark' : 'light';
    const code = body.dataset.vscodeThemeKind;
    if (code !== undefined) return /dark|^vscode-high-contrast$/.test(code) ? 'dark' : 'light';
    return root.getAttribute('theme') ?? 'auto';
  }

  return { render };
})();
