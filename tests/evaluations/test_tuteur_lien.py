"""Le lien du tuteur, ligne à ligne : qui l'a perdu, volé, deviné, rejoué ou gardé trop longtemps n'en tire rien.

Les lignes de la demande 5 : expiré, révoqué en cours de session, rejoué, altéré, autre apprenant, lecture HEAD ou GET
d'un antivirus, session d'un enseignant à côté, mille jetons devinés : ici. Deux tuteurs à la fois :
`test_tuteur_fiche.test_la_reponse_d_un_autre_tuteur_n_est_pas_ecrasee`.
"""

import hashlib
import logging
import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from centres.models import Evenement
from evaluations.models import LienTuteur, Placement, QuestionPfmp, ReponseTuteur
from evaluations.services.liens_tuteur import creer_lien, envoyer_lien, revoquer_lien, revoquer_liens
from tests.client_strict import ClientStrict
from tests.evaluations.fabrique_pfmp import placer, une_entreprise, une_periode
from tests.evaluations.fabrique_tuteur import adresse_du, champs_de, ouvrir, premiere_question

PAGE = "https://exemple.fr/t/"
DEVINES = 1_000


@pytest.fixture
def placement(enseignante, classe, ines) -> Placement:
    return placer(enseignante, une_periode(enseignante, classe), ines, une_entreprise(classe)[1])


@pytest.fixture
def autre(placement, enseignante, lucas) -> Placement:
    """Celui de Lucas, chez le même tuteur."""
    return placer(enseignante, placement.periode, lucas, placement.tuteur)


@pytest.fixture
def remis(placement, enseignante):
    return creer_lien(utilisateur=enseignante, placement=placement)


def test_le_jeton_a_128_bits_et_seule_son_empreinte_est_gardee(remis):
    assert len(remis.jeton) == 22
    remis.lien.refresh_from_db()
    assert remis.lien.empreinte == hashlib.sha256(remis.jeton.encode()).hexdigest()
    assert remis.jeton not in str(list(LienTuteur.objects.values_list()))
    assert remis.jeton not in str(list(Evenement.objects.values_list()))


@pytest.mark.parametrize("methode", ["get", "head"])
def test_un_antivirus_qui_lit_l_adresse_n_ouvre_et_ne_consomme_rien(
    client, remis, methode, django_assert_num_queries
) -> None:
    with django_assert_num_queries(0):
        reponse = getattr(client, methode)(adresse_du(remis.jeton))
    assert (reponse.status_code, dict(reponse.cookies)) == (200, {})
    assert reponse["Referrer-Policy"] == "no-referrer"
    assert "no-store" in reponse["Cache-Control"]
    assert "Inès" not in reponse.content.decode()
    assert remis.jeton not in reponse.content.decode()
    remis.lien.refresh_from_db()
    assert remis.lien.ouvert_le is None
    assert ouvrir(ClientStrict(), remis).status_code == 200


def test_la_page_d_arrivee_est_la_meme_pour_un_jeton_invente(client, remis):
    assert client.get(adresse_du(remis.jeton)).content == client.get(adresse_du("x" * 22)).content


def test_le_bouton_echange_le_jeton_contre_un_cookie_de_ce_seul_lien(client, remis):
    reponse = client.post(adresse_du(remis.jeton))
    fiche = reverse("evaluations:tuteur_fiche", args=[remis.lien.pk])
    assert (reponse.status_code, reponse["Location"]) == (303, fiche)
    cookie = reponse.cookies[f"tuteur_{remis.lien.pk}"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (fiche, True, "Strict")
    assert remis.jeton not in cookie.value
    page = client.get(fiche)
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    assert "sessionid" not in client.cookies


def _corps(reponse) -> str:
    """Le jeton CSRF de Django est masqué au hasard à chaque page, même absente."""
    return re.sub(r"[A-Za-z0-9]{64}", "", reponse.content.decode())


def _page_absente(client: Client) -> str:
    return _corps(client.get("/t/"))


def _retarder(lien: LienTuteur) -> None:
    LienTuteur.objects.filter(pk=lien.pk).update(expire_le=timezone.now() - timedelta(seconds=1))


def test_la_page_d_un_lien_mort_dit_au_tuteur_quoi_faire(client, remis):
    texte = client.post(adresse_du("x" * 22)).content.decode()
    assert "demandez un nouveau lien à l'enseignant" in texte
    for lieu in ("/t/", reverse("evaluations:tuteur_fiche", args=[remis.lien.pk])):
        assert client.get(lieu).content.decode() == texte


def test_un_appareil_oublie_se_ferme_apres_douze_heures(client, remis):
    ouvrir(client, remis)
    fiche = reverse("evaluations:tuteur_fiche", args=[remis.lien.pk])
    with time_machine.travel(timezone.now() + timedelta(hours=12, minutes=1), tick=False):
        assert client.get(fiche).status_code == 404


def test_un_seul_lien_se_revoque_et_les_autres_valent_encore(client, remis, enseignante, placement, etranger):
    autre = creer_lien(utilisateur=enseignante, placement=placement)
    with pytest.raises(PermissionDenied):
        revoquer_lien(utilisateur=etranger, placement=placement, lien=remis.lien)
    revoquer_lien(utilisateur=enseignante, placement=placement, lien=remis.lien)
    assert client.post(adresse_du(remis.jeton)).status_code == 404
    assert ouvrir(client, autre).status_code == 200
    with pytest.raises(ValidationError, match="déjà révoqué"):
        revoquer_lien(utilisateur=enseignante, placement=placement, lien=remis.lien)


def test_un_lien_expire_repond_comme_une_page_absente(client, remis):
    _retarder(remis.lien)
    reponse = client.post(adresse_du(remis.jeton))
    assert (reponse.status_code, _corps(reponse)) == (404, _page_absente(client))
    assert f"tuteur_{remis.lien.pk}" not in reponse.cookies


def test_un_lien_qui_expire_en_cours_de_session_ne_lit_ni_n_ecrit_plus(client, remis):
    champs = champs_de(ouvrir(client, remis))
    _retarder(remis.lien)
    fiche = reverse("evaluations:tuteur_fiche", args=[remis.lien.pk])
    assert client.get(fiche).status_code == 404
    assert client.post(fiche, champs | {premiere_question(champs): "A"}).status_code == 404
    assert not ReponseTuteur.objects.exists()


def test_un_lien_revoque_ferme_aussitot_une_page_deja_ouverte(client, remis, enseignante, placement):
    champs = champs_de(ouvrir(client, remis))
    assert revoquer_liens(utilisateur=enseignante, placement=placement) == 1
    fiche = reverse("evaluations:tuteur_fiche", args=[remis.lien.pk])
    refus = client.post(fiche, champs | {premiere_question(champs): "A"})
    assert (refus.status_code, _corps(refus)) == (404, _page_absente(client))
    assert refus["Referrer-Policy"] == "no-referrer"
    assert client.get(fiche).status_code == 404
    assert client.post(adresse_du(remis.jeton)).status_code == 404
    assert not ReponseTuteur.objects.exists()


def test_un_lien_rejoue_ne_donne_que_la_meme_fiche(remis):
    premier, second = ClientStrict(), ClientStrict()
    assert champs_de(ouvrir(premier, remis)).keys() == champs_de(ouvrir(second, remis)).keys()
    assert Evenement.objects.filter(acte="lien.ouvert").count() == 1


def test_un_lien_renouvele_remplace_les_precedents(client, remis, enseignante, placement):
    nouveau = creer_lien(utilisateur=enseignante, placement=placement, remplaces=[remis.lien])
    assert nouveau.lien.renouvelle == remis.lien
    assert client.post(adresse_du(remis.jeton)).status_code == 404
    assert ouvrir(client, nouveau).status_code == 200


@pytest.mark.parametrize("abime", [lambda j: j[:-1], lambda j: j + "A", lambda j: j.swapcase(), lambda j: "é" + j[1:]])
def test_un_jeton_abime_repond_comme_une_page_absente(client, remis, abime):
    reponse = client.post(adresse_du(abime(remis.jeton)))
    assert (reponse.status_code, _corps(reponse)) == (404, _page_absente(client))


@pytest.mark.parametrize("abime", [lambda v: v[:-1] + "?", lambda v: "x" + v, lambda v: ""])
def test_un_cookie_altere_n_ouvre_rien(client, remis, abime):
    ouvrir(client, remis)
    nom = f"tuteur_{remis.lien.pk}"
    fiche = reverse("evaluations:tuteur_fiche", args=[remis.lien.pk])
    valeur = abime(client.cookies[nom].value)
    intrus = ClientStrict()
    intrus.cookies[nom] = valeur
    assert intrus.get(fiche).status_code == 404


def test_le_cookie_d_un_lien_n_ouvre_pas_celui_d_un_autre_apprenant(client, remis, autre, enseignante):
    ailleurs = creer_lien(utilisateur=enseignante, placement=autre)
    ouvrir(client, remis)
    valeur = client.cookies[f"tuteur_{remis.lien.pk}"].value
    intrus = ClientStrict()
    intrus.cookies[f"tuteur_{ailleurs.lien.pk}"] = valeur
    assert intrus.get(reverse("evaluations:tuteur_fiche", args=[ailleurs.lien.pk])).status_code == 404


def test_la_question_d_un_autre_apprenant_ne_se_touche_pas(client, remis, autre, enseignante):
    creer_lien(utilisateur=enseignante, placement=autre)
    etrangere = QuestionPfmp.objects.filter(placement=autre).earliest("ordre")
    champs = {"cle": champs_de(ouvrir(client, remis))["cle"], f"vq{etrangere.pk}": "0", f"q{etrangere.pk}": "A"}
    assert client.post(reverse("evaluations:tuteur_fiche", args=[remis.lien.pk]), champs).status_code == 404
    assert not ReponseTuteur.objects.exists()


def test_un_tuteur_de_deux_apprenants_garde_deux_fiches_ouvertes(client, remis, autre, enseignante):
    ailleurs = creer_lien(utilisateur=enseignante, placement=autre)
    assert "Inès" in ouvrir(client, remis).content.decode()
    page = ouvrir(client, ailleurs).content.decode()
    assert "Lucas" in page
    assert "Inès" not in page
    assert client.get(reverse("evaluations:tuteur_fiche", args=[remis.lien.pk])).status_code == 200


def test_la_session_d_un_enseignant_a_cote_reste_intacte(client_de, enseignante, remis):
    client = client_de(enseignante)
    avant = client.cookies["sessionid"].value
    champs = champs_de(ouvrir(client, remis))
    fiche = reverse("evaluations:tuteur_fiche", args=[remis.lien.pk])
    client.post(fiche, champs | {premiere_question(champs): "A", "acte": "quitter"})
    assert client.cookies["sessionid"].value == avant
    assert client.get(reverse("accueil")).status_code == 200


def test_la_session_d_un_enseignant_n_ouvre_pas_la_fiche(client_de, enseignante, remis):
    assert client_de(enseignante).get(reverse("evaluations:tuteur_fiche", args=[remis.lien.pk])).status_code == 404


def test_la_session_du_tuteur_n_ouvre_rien_d_autre(client, remis, placement):
    ouvrir(client, remis)
    for nom in ("pfmp_placement", "pfmp_questions", "pfmp_bilan", "parcours"):
        reponse = client.get(reverse(f"evaluations:{nom}", args=[placement.pk]))
        assert reponse.status_code == 302
        assert reponse["Location"].startswith(reverse("connexion"))


def test_un_autre_site_n_ecrit_pas_a_la_place_du_tuteur(remis):
    client = Client(enforce_csrf_checks=True)
    champs = champs_de(ouvrir(client, remis))
    champs[premiere_question(champs)] = "A"
    fiche = reverse("evaluations:tuteur_fiche", args=[remis.lien.pk])
    assert client.post(fiche, champs | {"cle": ""}).status_code == 403
    assert client.post(fiche, champs | {"cle": "x" + champs["cle"][1:]}).status_code == 403
    assert client.post(fiche, champs, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert not ReponseTuteur.objects.exists()
    # `no-referrer` fait dire « Origin: null » à notre propre formulaire : il passe par sa clé.
    envoi = client.post(fiche, champs, headers={"origin": "null", "sec-fetch-site": "same-origin"})
    assert envoi.status_code == 303
    assert ReponseTuteur.objects.get().valeur == "A"


def test_la_cle_d_une_session_ne_vaut_pas_dans_une_autre(remis):
    un, deux = ClientStrict(), ClientStrict()
    volee = champs_de(ouvrir(un, remis))["cle"]
    champs = champs_de(ouvrir(deux, remis)) | {"cle": volee}
    assert deux.post(reverse("evaluations:tuteur_fiche", args=[remis.lien.pk]), champs).status_code == 403


def test_mille_jetons_devines_recoivent_la_page_absente_et_la_base_n_est_plus_lue(client, remis):
    absente = _page_absente(client)
    reponses = [client.post(adresse_du(f"devine{rang:016d}")) for rang in range(DEVINES)]
    assert {(reponse.status_code, _corps(reponse)) for reponse in reponses} == {(404, absente)}
    # La limite est atteinte : ce poste attend, même avec le bon jeton ; un autre poste n'attend pas.
    assert client.post(adresse_du(remis.jeton)).status_code == 404
    assert ClientStrict(REMOTE_ADDR="192.0.2.7").post(adresse_du(remis.jeton)).status_code == 303


@pytest.mark.parametrize("methode", ["put", "delete", "patch", "options"])
def test_les_autres_methodes_sont_refusees(client, remis, methode):
    assert getattr(client, methode)(adresse_du(remis.jeton)).status_code == 405


def test_le_jeton_ne_s_ecrit_dans_aucun_journal(client, remis, caplog, settings):
    _retarder(remis.lien)
    lignes = _ecrits(lambda: client.post(adresse_du(remis.jeton)))
    assert "[masqué]" in lignes
    assert remis.jeton not in lignes


@pytest.mark.parametrize("nom", ["gunicorn.access", "gunicorn.error", "django.server"])
def test_les_journaux_du_serveur_web_masquent_le_jeton(nom, remis):
    journal, lignes = logging.getLogger(nom), []

    class Sortie(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lignes.append(self.format(record))

    sortie = Sortie()
    journal.addHandler(sortie)
    try:
        atomes = {"r": f"POST {adresse_du(remis.jeton)} HTTP/1.1", "f": f"https://exemple.fr{adresse_du(remis.jeton)}"}
        journal.warning('%(r)s 404 "%(f)s"', atomes)
    finally:
        journal.removeHandler(sortie)
    assert lignes == ['POST /t/[masqué]/ HTTP/1.1 404 "https://exemple.fr/t/[masqué]/"']


def _ecrits(geste) -> str:
    """Ce que la sortie d'erreur du serveur reçoit pendant ce geste."""
    sortie = next(un for un in logging.getLogger().handlers if type(un) is logging.StreamHandler)
    lignes: list[str] = []

    class Copie(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lignes.append(self.format(record))

    copie = Copie()
    for filtre in sortie.filters:
        copie.addFilter(filtre)
    logging.getLogger().addHandler(copie)
    try:
        geste()
    finally:
        logging.getLogger().removeHandler(copie)
    return "\n".join(lignes)


def test_le_courriel_porte_le_lien_et_rien_de_plus_que_la_fiche(placement, enseignante, client):
    lien = envoyer_lien(utilisateur=enseignante, placement=placement, page=PAGE)
    message = mail.outbox[0]
    assert message.to == ["jean@exemple.fr"]
    assert "Bernard" not in message.body + message.subject
    jeton = re.search(r"/t/([\w-]+)/", message.body)[1]
    assert (lien.envoye_a, lien.est_relance) == ("jean@exemple.fr", False)
    assert client.post(adresse_du(jeton)).status_code == 303


def test_une_relance_laisse_valoir_le_premier_courriel(placement, enseignante, client):
    envoyer_lien(utilisateur=enseignante, placement=placement, page=PAGE)
    assert envoyer_lien(utilisateur=enseignante, placement=placement, page=PAGE, est_relance=True).est_relance
    assert mail.outbox[1].subject.startswith("Rappel")
    # Un collègue, dans un autre onglet : un rappel par jour suffit.
    with pytest.raises(ValidationError, match="déjà été relancé"):
        envoyer_lien(utilisateur=enseignante, placement=placement, page=PAGE, est_relance=True)
    assert len(mail.outbox) == 2
    for message in mail.outbox:
        assert client.post(adresse_du(re.search(r"/t/([\w-]+)/", message.body)[1])).status_code == 303


def test_un_courriel_qui_ne_part_pas_ne_laisse_pas_de_lien_valable(placement, enseignante, settings, tmp_path):
    (tmp_path / "fichier").touch()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(ValidationError, match="n'est pas parti"):
        envoyer_lien(utilisateur=enseignante, placement=placement, page=PAGE)
    assert not LienTuteur.objects.filter(revoque_le=None).exists()


def test_sans_adresse_le_lien_ne_s_envoie_pas(placement, enseignante):
    placement.tuteur.email = ""
    with pytest.raises(ValidationError, match="adresse"):
        envoyer_lien(utilisateur=enseignante, placement=placement, page=PAGE)


def test_un_etranger_ne_remet_ni_ne_revoque_de_lien(placement, etranger):
    for acte in (creer_lien, revoquer_liens):
        with pytest.raises(PermissionDenied):
            acte(utilisateur=etranger, placement=placement)
