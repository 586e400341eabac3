export const Envelope = () => (
  <svg
    viewBox="0 0 20 20"
    fill="none"
    stroke="currentColor"
    stroke-width="1.7"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d="M2.5 5.5h15v9.5h-15z" />
    <path d="m2.5 6 7.5 5.2L17.5 6" />
  </svg>
)

export const Lens = () => (
  <svg viewBox="0 0 14 14" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
    <circle cx="6" cy="6" r="4.2" />
    <path d="m9.3 9.3 3.4 3.4" />
  </svg>
)

export const Download = () => (
  <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
    <path d="M8 2v8m0 0 3-3m-3 3L5 7M3 13h10" />
  </svg>
)

export const Bin = () => (
  <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
    <path d="M3 4.5h10M6.5 4V2.5h3V4m-5 .5.6 9h5.8l.6-9" />
  </svg>
)
