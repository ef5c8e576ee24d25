/** How the website looks: VitePress reads this. */
export default {
  title: 'direct-logging',
  description: 'Logs of a Node.js process, from inside the process, into VictoriaLogs',
  cleanUrls: true,
  themeConfig: {
    search: { provider: 'local' },
    outline: 'deep',
    socialLinks: [{ icon: 'github', link: 'https://github.com/direct-logging/direct-logging' }],
    nav: [
      { text: 'Get started', link: '/getting-started' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: [
      {
        text: 'Begin',
        items: [
          { text: 'Get started', link: '/getting-started' },
          { text: 'Configure', link: '/configure' },
          { text: 'Examples', link: '/examples' },
          { text: 'Coming from another transport', link: '/coming-from' },
          { text: 'In a container', link: '/recipes/containers' },
          { text: 'With Docker Compose', link: '/recipes/compose' },
          { text: 'In Kubernetes', link: '/recipes/kubernetes' },
          { text: 'AWS Lambda', link: '/lambda' },
          { text: 'A fleet', link: '/fleet' },
        ],
      },
      {
        text: 'Run it with',
        items: [
          { text: 'Web frameworks', link: '/recipes/web-frameworks' },
          { text: 'Process managers and runners', link: '/recipes/process-managers' },
          { text: 'Test runners', link: '/recipes/test-runners' },
          { text: 'Package managers and monorepos', link: '/recipes/package-managers' },
          { text: 'Tools for AWS Lambda', link: '/recipes/lambda-tools' },
          { text: 'Tracers and error trackers', link: '/recipes/observability' },
        ],
      },
      {
        text: 'Understand',
        items: [
          { text: 'Capture', link: '/capture' },
          { text: 'Record', link: '/record' },
          { text: 'Delivery', link: '/delivery' },
          { text: 'Limitations', link: '/limitations' },
          { text: 'Security', link: '/security' },
          { text: 'Performance', link: '/performance' },
          { text: 'Platforms', link: '/platforms' },
          { text: 'Decisions', link: '/decisions/' },
          { text: 'Evidence: terminations', link: '/evidence/terminations' },
          { text: 'Evidence: outages', link: '/evidence/outages' },
          { text: 'Evidence: Lambda', link: '/evidence/lambda' },
          { text: 'Evidence: TLS', link: '/evidence/tls' },
        ],
      },
      {
        text: 'Look up',
        items: [
          { text: 'Troubleshooting', link: '/troubleshooting' },
          { text: 'Settings', link: '/settings' },
          { text: 'Command', link: '/command' },
          { text: 'Warnings', link: '/errors' },
          { text: 'Dashboard and alerts', link: '/dashboards' },
          { text: 'API', link: '/api/' },
        ],
      },
      {
        text: '日本語',
        items: [
          { text: 'はじめに', link: '/getting-started.ja' },
          { text: 'AWS Lambda', link: '/lambda.ja' },
          { text: '設定', link: '/settings.ja' },
          { text: 'トラブルシューティング', link: '/troubleshooting.ja' },
          { text: '警告', link: '/errors.ja' },
        ],
      },
    ],
  },
};
