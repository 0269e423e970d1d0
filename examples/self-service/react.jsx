import 'https://backups.example.com/component/holdfast-safety.js';

/** React 19 sets functions of custom elements as properties. */
export function Backups({ getToken }) {
  return <holdfast-safety api="https://backups.example.com/api" getToken={getToken} />;
}
