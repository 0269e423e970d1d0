/** Light, dark, or as the system is. Kept in the browser: it is of the reader, not of a view. */
import { useEffect, useState } from 'react';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const NAMES: Readonly<Record<Theme, string>> = { system: 'System', light: 'Light', dark: 'Dark' };

function remembered(): Theme {
  const kept = localStorage.getItem('holdfast-theme');
  return THEMES.find(theme => theme === kept) ?? 'system';
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState(remembered);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem('holdfast-theme', theme);
  }, [theme]);
  return (
    <label className="theme">
      <span className="unseen">Theme</span>
      <select value={theme} onChange={event => setTheme(event.target.value as Theme)}>
        {THEMES.map(each => (
          <option key={each} value={each}>
            {NAMES[each]}
          </option>
        ))}
      </select>
    </label>
  );
}
