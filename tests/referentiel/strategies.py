"""Diplômes tirés au sort par hypothesis : options, blocs, libellés et compléments de toute forme."""

from typing import Any

from hypothesis import strategies as st

from referentiel.parts import parts_des_blocs

textes = st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.just("\n"), min_size=1, max_size=12).filter(
    lambda texte: bool(texte.strip())
)
niveaux = st.sets(st.integers(1, 4), min_size=1).map(sorted)


@st.composite
def libelles(tirage: st.DrawFn, prefixe: str, options: list[str]) -> list[dict[str, Any]]:
    """Des lignes de code : un libellé commun, ou un libellé par option choisie."""
    lignes = []
    for rang in range(1, tirage(st.integers(1, 3)) + 1):
        code = f"{prefixe}.{rang}"
        portees = tirage(st.none() | st.sets(st.sampled_from(options), min_size=1).map(sorted))
        for option in portees or [None]:
            lignes.append({"code": code, **({"option": option} if option else {}), "intitule": tirage(textes)})
    return lignes


@st.composite
def complements(tirage: st.DrawFn, lignes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for ligne in lignes:
        if tirage(st.booleans()):
            ligne["indicateurs"] = tirage(st.lists(textes, min_size=1, max_size=2))
        if tirage(st.booleans()):
            ligne["descripteurs"] = {niveau: tirage(textes) for niveau in tirage(niveaux)}
    return lignes


@st.composite
def structures(tirage: st.DrawFn, codes: list[list[str]]) -> dict[str, Any]:
    """Un bloc par groupe de compétences, son épreuve (dans un ordre quelconque) et sa modalité."""
    rangs = range(len(codes))
    return {
        "blocs": [
            {
                "numero": rang + 1,
                "intitule": tirage(textes),
                "verbes": tirage(textes),
                "activite": f"A{rang}",
                "unite": f"U{rang}",
                "epreuve": f"E{rang}",
                "competences": codes[rang],
            }
            for rang in rangs
        ],
        "epreuves": [{"code": f"E{rang}", "intitule": tirage(textes)} for rang in tirage(st.permutations(rangs))],
        "modalites": {f"E{rang}": {"ccf": tirage(st.booleans())} for rang in rangs},
    }


@st.composite
def textes_du_diplome(tirage: st.DrawFn, options: list[str], codes: list[list[str]]) -> dict[str, Any]:
    return {
        "options": [{"code": option, "intitule": tirage(textes)} for option in options],
        "periodes": tirage(st.lists(textes, min_size=1, max_size=4, unique=True)),
        "activites": [
            {"code": f"A{rang}", "intitule": tirage(textes), "taches": tirage(libelles(f"T{rang}", options))}
            for rang in range(len(codes))
        ],
        "competences": [
            {
                "code": code,
                "intitule": tirage(textes),
                "detaillees": tirage(libelles(code, options).flatmap(complements)),
            }
            for groupe in codes
            for code in groupe
        ],
    }


@st.composite
def diplomes(tirage: st.DrawFn) -> dict[str, Any]:
    options = [f"O{rang}" for rang in range(1, tirage(st.integers(1, 3)) + 1)]
    codes = [
        [f"C{bloc}{rang}" for rang in range(1, tirage(st.integers(1, 3)) + 1)]
        for bloc in range(tirage(st.integers(1, 3)))
    ]
    structure = tirage(structures(codes))
    for epreuve in structure["epreuves"]:
        epreuve["coefficient"] = {option: tirage(st.integers(0, 9)) for option in options}
    poids = {option: {code: tirage(st.integers(1, 99)) for groupe in codes for code in groupe} for option in options}
    identite = {"code": "TIRAGE", "intitule": tirage(textes), "niveau": tirage(textes)}
    return {
        "diplome": {**identite, "premiere_session": 2030, "duree_cycle_annees": 2},
        **structure,
        **tirage(textes_du_diplome(options, codes)),
        "ponderations": poids,
        "parts_des_blocs": parts_des_blocs(structure["blocs"], poids),
    }
