/** Styles are bundled into a file of their own; an import only says that they belong along. */
declare module '*.css';
