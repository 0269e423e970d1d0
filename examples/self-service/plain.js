// The application answers with a token of its own issuer for whoever is signed in: audience and tenant claim as configured.
document.querySelector('holdfast-safety').getToken = async () => {
  const response = await fetch('/backup-token', { method: 'POST' });
  return response.text();
};
