// A documentation site as Docusaurus makes it, with the element's module on every page.

export default {
  title: 'Notes on attention',
  url: 'https://example.org',
  baseUrl: '/notes/',
  onBrokenLinks: 'throw',
  scripts: [{ src: '/notes/attention-map/attention-map.js', type: 'module' }],
  presets: [['classic', { docs: { routeBasePath: '/', sidebarPath: undefined }, blog: false }]],
};
