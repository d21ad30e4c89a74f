// Ce qui attend d'être envoyé survit à la fermeture de l'onglet : IndexedDB, sinon le stockage local, sinon la mémoire.

/** @typedef {import("./file.js").Entree} Entree */

/**
 * @typedef {object} Magasin
 * @property {boolean} estDurable
 * @property {() => Promise<Entree[]>} toutes
 * @property {(entrees: Entree[]) => Promise<void>} poser
 * @property {(id: string) => Promise<void>} retirer
 */

const BASE = "trpm-grille";
const TABLE = "saisies";
const PREFIXE = "trpm.saisie.";

/** @template T @param {IDBRequest<T>} requete @returns {Promise<T>} */
const attendre = (requete) =>
  new Promise((resoudre, rejeter) => {
    requete.onsuccess = () => resoudre(requete.result);
    requete.onerror = () => rejeter(requete.error);
  });

/** @returns {Promise<Magasin>} */
async function magasinIndexe() {
  const ouverture = indexedDB.open(BASE, 1);
  ouverture.onupgradeneeded = () => ouverture.result.createObjectStore(TABLE, { keyPath: "id" });
  const base = await attendre(ouverture);
  /** @param {(table: IDBObjectStore) => void} acte @returns {Promise<void>} */
  const ecrire = (acte) =>
    new Promise((resoudre, rejeter) => {
      const transaction = base.transaction(TABLE, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resoudre();
      transaction.onerror = transaction.onabort = () => rejeter(transaction.error);
      acte(transaction.objectStore(TABLE));
      // Sans attendre la fin de la tâche : un onglet fermé juste après la touche garde la saisie.
      transaction.commit();
    });
  return {
    estDurable: true,
    toutes: () => attendre(base.transaction(TABLE).objectStore(TABLE).getAll()),
    poser: (entrees) => ecrire((table) => entrees.forEach((entree) => table.put(entree))),
    retirer: (id) => ecrire((table) => table.delete(id)),
  };
}

/** @returns {Magasin} */
function magasinLocal() {
  localStorage.setItem(`${PREFIXE}essai`, "1");
  localStorage.removeItem(`${PREFIXE}essai`);
  return {
    estDurable: true,
    toutes: async () =>
      Object.keys(localStorage)
        .filter((cle) => cle.startsWith(PREFIXE))
        .map((cle) => JSON.parse(localStorage.getItem(cle) ?? "null")),
    poser: async (entrees) =>
      entrees.forEach((entree) => localStorage.setItem(PREFIXE + entree.id, JSON.stringify(entree))),
    retirer: async (id) => localStorage.removeItem(PREFIXE + id),
  };
}

/** @returns {Magasin} */
const magasinEphemere = () => ({
  estDurable: false,
  toutes: async () => [],
  poser: async () => {},
  retirer: async () => {},
});

/** @returns {Promise<Magasin>} */
export async function ouvrirMagasin() {
  try {
    return await magasinIndexe();
  } catch {
    try {
      return magasinLocal();
    } catch {
      return magasinEphemere();
    }
  }
}
